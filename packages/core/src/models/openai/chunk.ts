/** What is read of one chunk of an OpenAI-compatible stream; everything else that servers send is ignored. */
export interface Chunk {
  readonly delta: Fields | undefined;
  readonly finishReason: string | undefined;
  readonly logprobs: readonly unknown[];
  readonly usage: Fields | undefined;
  readonly serviceTier: string | undefined;
}

/** A JSON object whose fields are not known yet. */
export type Fields = Readonly<Record<string, unknown>>;

export type ParsedChunk =
  | { readonly kind: 'chunk'; readonly chunk: Chunk }
  /** The server says that it failed. */
  | { readonly kind: 'error'; readonly value: Fields }
  | { readonly kind: 'unreadable' };

const unreadable: ParsedChunk = { kind: 'unreadable' };
const none: readonly unknown[] = [];

/** Reads the data of one event. By hand: a schema costs more than the rest of a token's way through a worker. */
export function parseChunk(data: string): ParsedChunk {
  const value = parseFields(data);
  if (value === undefined) return unreadable;
  if (value['error'] !== undefined && value['error'] !== null) return { kind: 'error', value };
  const usage = toFields(value['usage']);
  const { choices } = value;
  if (!Array.isArray(choices) && usage === undefined) return unreadable;
  const choice = Array.isArray(choices) ? toFields(choices[0]) : undefined;
  return {
    kind: 'chunk',
    chunk: {
      delta: toFields(choice?.['delta']),
      finishReason: toText(choice?.['finish_reason']),
      logprobs: toList(toFields(choice?.['logprobs'])?.['content']),
      usage,
      serviceTier: toText(value['service_tier']),
    },
  };
}

function parseFields(data: string): Fields | undefined {
  try {
    return toFields(JSON.parse(data));
  } catch {
    return undefined;
  }
}

export function toFields(value: unknown): Fields | undefined {
  // because a JSON object has only string keys, and its values stay unknown
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

/** A text, or undefined: empty ones say nothing. */
export function toText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function toList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : none;
}

/** A whole number from 0; undefined for anything else. */
export function toCount(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? Math.max(0, Math.round(value)) : undefined;
}

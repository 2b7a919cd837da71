import { type Fields, nameKind, toFields } from './fields.ts';

/** What a content says. */
export interface Said {
  text: string;
  reasoning: string;
  refusal: string;
  /** What of it cannot be read. */
  unread: string | undefined;
}

type Kind = 'text' | 'reasoning' | 'refusal' | 'silent';

/** The types of parts. Sources: OpenAI's chat completions and responses, Mistral, Anthropic. */
const kinds: Readonly<Record<string, Kind>> = {
  text: 'text',
  output_text: 'text',
  text_delta: 'text',
  thinking: 'reasoning',
  thinking_delta: 'reasoning',
  reasoning: 'reasoning',
  'reasoning.text': 'reasoning',
  'reasoning.summary': 'reasoning',
  reasoning_text: 'reasoning',
  reasoning_content: 'reasoning',
  summary_text: 'reasoning',
  refusal: 'refusal',
  reference: 'silent',
  'reasoning.encrypted': 'silent',
  redacted_thinking: 'silent',
};
/** Where the text of a part stands. */
const places = [
  'text',
  'thinking',
  'reasoning',
  'reasoning_content',
  'refusal',
  'summary',
  'content',
  'value',
];

/** Reads a content that is no mere text: a list of parts, or one part. Nothing of it gets lost in silence. */
export function readParts(content: unknown): Said {
  const said: Said = { text: '', reasoning: '', refusal: '', unread: undefined };
  addPart(content, said);
  return said;
}

/** The text of reasoning in any shape; what is no text says nothing. */
export function readReasoning(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(readReasoning).join('');
  const fields = toFields(value);
  if (fields === undefined || kinds[`${fields['type']}`] === 'silent') return '';
  const place = places.find((name) => fields[name] !== undefined && fields[name] !== null);
  return place === undefined ? '' : readReasoning(fields[place]);
}

function addPart(part: unknown, said: Said): void {
  if (part === null || part === undefined) return;
  if (typeof part === 'string') {
    said.text += part;
    return;
  }
  if (Array.isArray(part)) {
    for (const one of part) addPart(one, said);
    return;
  }
  const fields = toFields(part);
  const type = fields?.['type'] ?? 'text';
  const kind = typeof type === 'string' && Object.hasOwn(kinds, type) ? kinds[type] : undefined;
  if (kind === undefined || (kind !== 'silent' && !hasReadableText(fields))) {
    said.unread ??= fields === undefined ? nameKind(part) : `a part of type "${String(type).slice(0, 40)}"`;
    return;
  }
  if (kind !== 'silent') said[kind] += readReasoning(part);
}

function hasReadableText(fields: Fields | undefined): boolean {
  const place = places.find((name) => fields?.[name] !== undefined);
  return place !== undefined && !['number', 'boolean'].includes(typeof fields?.[place]);
}

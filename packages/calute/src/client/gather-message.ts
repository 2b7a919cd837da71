import type { Chunk } from './chunk.ts';

/** An answer that comes in pieces, put together. */
export interface GatheredAnswer {
  readonly runId: string | undefined;
  /** The assistant's message with all that came beside its text: providers may want that back with the next request. */
  readonly message: Readonly<Record<string, unknown>>;
  readonly content: string;
  readonly reasoning: string;
  readonly tools: readonly GatheredTool[];
  /** Who answered in the end, when that is not who was asked. */
  readonly agent: string | undefined;
  readonly finishReason: string | undefined;
  readonly usage: Chunk['usage'];
}

export interface GatheredTool {
  readonly name: string;
  readonly ok: boolean;
  readonly duration_ms: number;
}

export interface Gathering {
  add(chunk: Chunk): void;
  readonly answer: GatheredAnswer;
}

/** Gathers the first choice. */
export function gatherAnswer(): Gathering {
  const message: Record<string, unknown> = { role: 'assistant', content: '' };
  const tools: GatheredTool[] = [];
  let facts: Pick<GatheredAnswer, 'runId' | 'agent' | 'finishReason' | 'usage'> = {
    runId: undefined,
    agent: undefined,
    finishReason: undefined,
    usage: undefined,
  };
  return {
    add({ id, choices, usage, calute }) {
      const [choice] = choices.filter(({ index = 0 }) => index === 0);
      for (const [field, value] of Object.entries(choice?.delta ?? {})) {
        if (field === 'tool_calls') addCalls(message, value);
        else if (field !== 'role') message[field] = join(message[field], value);
      }
      if (calute?.event === 'tool-end') {
        const { name = '', ok = true, duration_ms = 0 } = calute;
        tools.push({ name, ok, duration_ms });
      }
      facts = {
        runId: id,
        // Beside an event it is another agent's name.
        agent: (calute?.event === undefined ? calute?.agent : undefined) ?? facts.agent,
        finishReason: choice?.finish_reason ?? facts.finishReason,
        usage: usage ?? facts.usage,
      };
    },
    get answer() {
      const reasoning = message['reasoning'] ?? message['reasoning_content'];
      return { ...facts, message, tools, content: asText(message['content']), reasoning: asText(reasoning) };
    },
  };
}

/** Texts grow, lists get longer, anything else is replaced. */
function join(old: unknown, value: unknown): unknown {
  if (value === null || value === undefined) return old;
  if (typeof old === 'string' && typeof value === 'string') return old + value;
  if (Array.isArray(old) && Array.isArray(value)) return [...old, ...value];
  return value;
}

interface CallDelta {
  readonly index?: number;
  readonly function?: { readonly arguments?: string };
}

function addCalls(message: Record<string, unknown>, value: unknown): void {
  if (!Array.isArray(value)) return;
  message['tool_calls'] ??= [];
  const calls = message['tool_calls'] as Record<string, unknown>[]; // because only this function sets it
  for (const delta of value as CallDelta[]) {
    // because a server's calls are shown as they are, whatever they hold
    const { index = 0, ...rest } = delta;
    const call = calls[index] as { function?: { arguments?: string } } | undefined; // because only this function adds any
    if (call === undefined) calls[index] = { ...rest };
    else if (call.function) {
      call.function.arguments = (call.function.arguments ?? '') + (rest.function?.arguments ?? '');
    }
  }
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

import { randomBytes } from 'node:crypto';
import type { Message } from '../request/message.ts';

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
/** Mistral takes no other length and no other characters; so every provider takes such an id. */
const idLength = 9;
/** What servers write for an id that they do not have. */
const noIds: ReadonlySet<string> = new Set(['null', 'undefined', 'none', 'nil']);

/**
 * Ids of the tool calls of one answer, none of them twice in its conversation. A class, because most answers call no tool:
 * the conversation is read with the first call only.
 */
export class CallIds {
  readonly #messages: readonly Message[];
  #taken: Set<string> | undefined;

  constructor(messages: readonly Message[]) {
    this.#messages = messages;
  }

  /** Gives the provider's id, or one of ours where it is missing or taken. */
  take(id: string | undefined): string {
    this.#taken ??= new Set(this.#messages.flatMap(listCallIds));
    let one = id ?? createCallId();
    while (this.#taken.has(one)) one = createCallId();
    this.#taken.add(one);
    return one;
  }
}

/** The id that a provider gives a call; undefined for what stands for none. */
export function readCallId(value: unknown): string | undefined {
  const id = typeof value === 'number' ? `${value}` : value;
  return typeof id === 'string' && id.trim() !== '' && !noIds.has(id.toLowerCase()) ? id : undefined;
}

function createCallId(): string {
  return Array.from(randomBytes(idLength), (byte) => letters[byte % letters.length]).join('');
}

function listCallIds(message: Message): readonly string[] {
  return message.role === 'assistant' ? (message.tool_calls ?? []).map(({ id }) => id) : [];
}

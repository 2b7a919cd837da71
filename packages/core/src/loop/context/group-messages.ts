import type { Message } from '../../request/message.ts';

/** Messages that make sense together only: one alone, or an assistant's tool calls with their results. */
export type MessageGroup = readonly [Message, ...Message[]];

export function isInstruction({ role }: Message): boolean {
  return role === 'system' || role === 'developer';
}

/** The conversation without its instructions, in groups that are kept or left out as a whole. */
export function groupMessages(messages: readonly Message[]): MessageGroup[] {
  const groups: [Message, ...Message[]][] = [];
  for (const message of messages) {
    if (isInstruction(message)) continue;
    const isResult = message.role === 'tool' || message.role === 'function';
    const last = groups.at(-1);
    if (isResult && last?.[0].role === 'assistant') last.push(message);
    else groups.push([message]);
  }
  return groups;
}

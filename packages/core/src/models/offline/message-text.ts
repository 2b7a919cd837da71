import type { Message } from '../../request/message.ts';

/** The text of a message; images, sound and files have none. */
export function messageText(message: Message): string {
  const { content } = message;
  if (content === undefined || content === null) return '';
  if (typeof content === 'string') return content;
  return content.map((part) => ('text' in part ? part.text : '')).join('');
}

/** The text to answer to: a tool's result if that is what came last, else what the user said last. */
export function lastText(messages: readonly Message[]): string {
  const last = messages.at(-1);
  if (last === undefined) return '';
  if (last.role === 'tool' || last.role === 'function') return messageText(last);
  return messageText(messages.findLast((message) => message.role === 'user') ?? last);
}

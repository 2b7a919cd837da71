import type { Message } from '../../request/message.ts';

/** The conversation with a brief at its end: in the user's last message if that is the last, because some models want turns to alternate. */
export function addBrief(messages: readonly Message[], brief: string): readonly Message[] {
  if (brief === '') return messages;
  const last = messages.at(-1);
  if (last?.role !== 'user') return [...messages, { role: 'user', content: brief, name: undefined }];
  const { content } = last;
  const text = `\n\n${brief}`;
  const longer = typeof content === 'string' ? content + text : [...content, { type: 'text' as const, text }];
  return [...messages.slice(0, -1), { ...last, content: longer }];
}

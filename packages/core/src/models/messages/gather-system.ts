import type { Message, SystemMessage } from '../../request/message.ts';

/**
 * What becomes of a system message behind the first turn: `system` leaves it, for servers that take one anywhere; `user` makes
 * it a user's message that says what it is, for those that take system messages in front only. In front it would lose its
 * place in time, and the prompt its cache.
 */
export type LateSystem = 'system' | 'user';

/**
 * The conversation with developer messages as system messages, and system messages that stand together as one: chat templates
 * refuse a second one (an agent's instructions and the client's would be two), and few servers know the newer role.
 */
export function gatherSystem(messages: readonly Message[], late: LateSystem): readonly Message[] {
  const gathered: Message[] = [];
  for (const message of messages) {
    if (message.role !== 'system' && message.role !== 'developer') {
      gathered.push(message);
      continue;
    }
    const last = gathered.at(-1);
    if (last?.role === 'system') gathered[gathered.length - 1] = joinSystem(last, message);
    else gathered.push({ ...message, role: 'system', content: joinText(message.content) });
  }
  return late === 'system'
    ? gathered
    : gathered.map((message, index) => (index === 0 ? message : toUser(message)));
}

function joinSystem(last: SystemMessage, message: SystemMessage): SystemMessage {
  const texts = [joinText(last.content), joinText(message.content)].filter((text) => text !== '');
  return { role: 'system', content: texts.join('\n\n') };
}

function toUser(message: Message): Message {
  if (message.role !== 'system') return message;
  return { role: 'user', content: `<system>\n${joinText(message.content)}\n</system>` };
}

/** The one text of a content of text parts. */
export function joinText(content: string | readonly { readonly text: string }[]): string {
  return typeof content === 'string' ? content : content.map((part) => part.text).join('');
}

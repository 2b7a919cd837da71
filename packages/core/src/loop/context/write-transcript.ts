import type { Message } from '../../request/message.ts';

/** A conversation as one text; images, sound and files are named and not told. */
export function writeTranscript(messages: readonly Message[]): string {
  return messages.map((message) => `${message.role}: ${describe(message)}`).join('\n\n');
}

function describe(message: Message): string {
  const { content } = message;
  const texts = typeof content === 'string' ? [content] : (content ?? []).map(describePart);
  if (message.role !== 'assistant') return texts.join('\n');
  const { tool_calls: calls = [], function_call: legacy, refusal } = message;
  const functions = [...calls.map((call) => call.function), ...(legacy === undefined ? [] : [legacy])];
  const called = functions.map(({ name, arguments: args }) => `[calls ${name} with ${args}]`);
  return [...texts, ...(refusal === undefined ? [] : [refusal]), ...called].join('\n');
}

type Part = Exclude<Message['content'], string | null | undefined>[number];

function describePart(part: Part): string {
  switch (part.type) {
    case 'text':
      return part.text;
    case 'refusal':
      return part.refusal;
    case 'image_url':
      return '[an image]';
    case 'input_audio':
      return '[a sound]';
    case 'file':
      return `[a file${part.file.filename === undefined ? '' : ` ${part.file.filename}`}]`;
  }
}

import { answerText } from '../answer.ts';

const content = /"content":"((?:[^"\\]|\\.)*)"/g;

export interface Expected {
  readonly stream: boolean;
  readonly tokens: number;
}

/** Throws unless it is the whole answer and nothing else. */
export function checkAnswer(status: number, body: string, { stream, tokens }: Expected): void {
  if (status !== 200) throw new Error(`status ${status}: ${body.slice(0, 200)}`);
  if (stream && !body.includes('data: [DONE]')) throw new Error(`cut: ${body.slice(-200)}`);
  let text = '';
  for (const [, piece] of body.matchAll(content)) text += piece;
  if (text !== answerText(tokens)) {
    throw new Error(`wrong text: ${text.slice(0, 100)} (${text.length} characters)`);
  }
  if (!body.includes('"finish_reason":"stop"')) throw new Error(`no finish reason: ${body.slice(-300)}`);
}

/** Whether a piece of a stream holds text; the chunk that only names the role does not count. */
export function hasText(piece: string): boolean {
  return piece.includes('"content":" t');
}

import { answerText, tokenCount } from '../answer.ts';

const content = /"content":"((?:[^"\\]|\\.)*)"/g;

/** The tokens in a right answer; throws for any other. */
export function countTokens(status: number, body: string, stream: boolean): number {
  if (status !== 200) throw new Error(`status ${status}: ${body.slice(0, 200)}`);
  if (stream && !body.includes('data: [DONE]')) throw new Error(`cut: ${body.slice(-200)}`);
  let text = '';
  for (const [, piece] of body.matchAll(content)) text += piece;
  if (text !== answerText) throw new Error(`wrong text: ${text.slice(0, 100)} (${text.length} characters)`);
  if (!body.includes('"finish_reason":"stop"')) throw new Error(`no finish reason: ${body.slice(-300)}`);
  return tokenCount;
}

/** Whether a piece of a stream holds text; the chunk that only names the role does not count. */
export function hasText(piece: string): boolean {
  return piece.includes('"content":" t');
}

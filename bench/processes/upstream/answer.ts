import { tokensOf } from '../answer.ts';

const id = 'chatcmpl-mock';
const created = 1_700_000_000;

/** What the mock upstream sends for one number of tokens, prepared once. */
export interface MockAnswer {
  /** One server-sent event per token. */
  readonly tokens: readonly Buffer[];
  /** The finish reason, the counts for those who asked for them, and the end mark. */
  readonly last: { readonly plain: Buffer; readonly usage: Buffer };
  /** All of it. */
  readonly burst: { readonly plain: Buffer; readonly usage: Buffer };
  /** The answer that is not streamed. */
  readonly whole: Buffer;
}

const answers = new Map<number, MockAnswer>();

export function answerOf(count: number): MockAnswer {
  const known = answers.get(count);
  if (known !== undefined) return known;
  const answer = prepare(count);
  answers.set(count, answer);
  return answer;
}

function prepare(count: number): MockAnswer {
  const texts = tokensOf(count);
  const usage = { prompt_tokens: 5, completion_tokens: count, total_tokens: 5 + count };
  const tokens = texts.map((content, index) =>
    eventOf(index === 0 ? { role: 'assistant', content } : { content }, null),
  );
  const stop = eventOf({}, 'stop');
  const done = Buffer.from('data: [DONE]\n\n');
  const last = {
    plain: Buffer.concat([stop, done]),
    usage: Buffer.concat([stop, event({ choices: [], usage }), done]),
  };
  const burst = {
    plain: Buffer.concat([...tokens, last.plain]),
    usage: Buffer.concat([...tokens, last.usage]),
  };
  return { tokens, last, burst, whole: wholeOf(texts.join(''), usage) };
}

function wholeOf(content: string, usage: object): Buffer {
  const message = { role: 'assistant', content };
  const choices = [{ index: 0, message, logprobs: null, finish_reason: 'stop' }];
  return Buffer.from(
    JSON.stringify({ id, object: 'chat.completion', created, model: 'mock', choices, usage }),
  );
}

function eventOf(delta: object, finish_reason: string | null): Buffer {
  return event({ choices: [{ index: 0, delta, logprobs: null, finish_reason }] });
}

function event(rest: object): Buffer {
  const chunk = { id, object: 'chat.completion.chunk', created, model: 'mock', ...rest };
  return Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`);
}

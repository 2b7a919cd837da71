import { tokenCount, tokens } from '../answer.ts';

const id = 'chatcmpl-mock';
const created = 1_700_000_000;
const usage = { prompt_tokens: 5, completion_tokens: tokenCount, total_tokens: 5 + tokenCount };

/** One server-sent event per token. */
export const tokenEvents: readonly Buffer[] = tokens.map((content, index) =>
  eventOf(index === 0 ? { role: 'assistant', content } : { content }, null),
);

/** The finish reason, the counts for those who asked for them, and the end mark. */
export function lastEvents(withUsage: boolean): Buffer {
  const counts = withUsage ? [event({ choices: [], usage })] : [];
  return Buffer.concat([eventOf({}, 'stop'), ...counts, Buffer.from('data: [DONE]\n\n')]);
}

/** The answer that is not streamed. */
export const wholeAnswer = Buffer.from(
  JSON.stringify({
    id,
    object: 'chat.completion',
    created,
    model: 'mock',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: tokens.join('') },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage,
  }),
);

function eventOf(delta: object, finish_reason: string | null): Buffer {
  return event({ choices: [{ index: 0, delta, logprobs: null, finish_reason }] });
}

function event(rest: object): Buffer {
  const chunk = { id, object: 'chat.completion.chunk', created, model: 'mock', ...rest };
  return Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`);
}

import { CaluteError } from '../errors.ts';
import { begin, streamOf } from '../models/begun-stream.ts';
import type { AgentRun } from './agent-run.ts';
import { dropOldest } from './context/drop-oldest.ts';
import type { Conversation } from './conversation.ts';
import { type Answer, openAnswer } from './open-answer.ts';

/** Some 6 % is left after them. */
const mostRefusals = 8;

/**
 * As `openAnswer`; for a request with `truncation: 'auto'` a conversation that the provider finds too long is shortened and
 * sent again. A refusal costs nothing, and nothing has been said before it.
 */
export async function openShortened(
  run: AgentRun,
  conversation: Conversation,
  ways: Parameters<typeof openAnswer>[2],
): Promise<Answer> {
  if (run.request.truncation !== 'auto') return await openAnswer(run, conversation, ways);
  for (let refusals = 1; ; refusals++) {
    try {
      const answer = await openAnswer(run, conversation, ways);
      const begun = await begin(answer.events);
      return { ...answer, events: streamOf(async () => begun) };
    } catch (error) {
      const isTooLong = CaluteError.is(error) && error.code === 'context_length_exceeded';
      if (!isTooLong || refusals > mostRefusals || !dropOldest(run, conversation)) throw error;
    }
  }
}

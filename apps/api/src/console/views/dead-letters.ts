import type { DeadLetter } from '@calute/core/queue/dead-letters';
import type { View } from './view.ts';

const most = 100;

/** The runs that were given up; what they asked only for who may see it. */
export const deadLetters: View =
  ({ sources }, { content }) =>
  async () => ({ letters: (await sources.deadLetters.list(most)).map((letter) => toRow(letter, content)) });

function toRow({ runId, executions, reason, failedAtMs, content }: DeadLetter, showsContent: boolean) {
  return {
    id: runId,
    agent: content?.request.chat.model,
    tenant: content?.tenant,
    executions,
    // What a worker met may quote what it worked on.
    reason: showsContent ? reason : undefined,
    failed_at_ms: failedAtMs,
    may_retry: content !== undefined,
    messages: showsContent ? content?.request.chat.messages : undefined,
  };
}

import type { CompletedEnd } from '../../runs/run-end.ts';
import type { CompletionNote } from './chat-completion.ts';

/** What there is to say of a completed run beside OpenAI's fields; nothing in the usual case, so that its shape stays as it is. */
export function encodeNote({ agent, compaction }: CompletedEnd): { readonly calute?: CompletionNote } {
  if (agent === undefined && compaction === undefined) return {};
  return {
    calute: {
      ...(agent === undefined ? {} : { agent }),
      ...(compaction === undefined ? {} : { context: compaction }),
    },
  };
}

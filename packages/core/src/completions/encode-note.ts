import type { CompletedEnd } from '../runs/run-end.ts';
import type { CompletionNote, MemberNote } from './chat-completion.ts';

/** What there is to say of a completed run beside OpenAI's fields; nothing in the usual case, so that its shape stays as it is. */
export function encodeNote({ agent, compaction, members }: CompletedEnd): {
  readonly calute?: CompletionNote;
} {
  if (agent === undefined && compaction === undefined && members === undefined) return {};
  return {
    calute: {
      ...(agent === undefined ? {} : { agent }),
      ...(compaction === undefined ? {} : { context: compaction }),
      ...(members === undefined ? {} : { members: members.map(encodeMember) }),
    },
  };
}

function encodeMember({ agent, usage }: NonNullable<CompletedEnd['members']>[number]): MemberNote {
  const { promptTokens, completionTokens } = usage;
  return {
    agent,
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}

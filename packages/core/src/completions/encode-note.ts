import type { CompletionNote } from '../protocol/chat-completion.ts';
import type { CompletedEnd } from './encode-usage.ts';

/** What is said of a completed run under `calute`, where there is something to say. */
export function encodeNote({ compaction }: CompletedEnd): CompletionNote {
  return compaction === undefined ? {} : { context: compaction };
}

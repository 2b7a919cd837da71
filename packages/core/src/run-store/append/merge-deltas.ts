import type { RunEvent } from '../../runs/run-event.ts';

type Spoken = Extract<RunEvent, { type: 'text-delta' | 'reasoning-delta' }>;

/** A merged delta is one line of a stream, and clients parse line by line. What is longer by itself stays as it is. */
const maxMergedLength = 4096;

/**
 * One event that says what `last` and `next` say; undefined where they have to stay apart. Only deltas of the same thing
 * merge: text without logprobs, reasoning, the arguments of one tool call. Both events stay as they are.
 */
export function mergeDeltas(last: RunEvent, next: RunEvent): RunEvent | undefined {
  switch (next.type) {
    case 'text-delta':
      if (last.type !== next.type || last.logprobs !== undefined || next.logprobs !== undefined)
        return undefined;
      return mergeSpoken(last, next);
    case 'reasoning-delta':
      return last.type === next.type ? mergeSpoken(last, next) : undefined;
    case 'tool-call-delta': {
      if (last.type !== next.type || last.index !== next.index || last.choice !== next.choice)
        return undefined;
      const merged = last.arguments + next.arguments;
      return merged.length > maxMergedLength ? undefined : { ...next, arguments: merged };
    }
    default:
      return undefined;
  }
}

function mergeSpoken(last: Spoken, next: Spoken): Spoken | undefined {
  const text = last.text + next.text;
  return last.choice !== next.choice || text.length > maxMergedLength ? undefined : { ...next, text };
}

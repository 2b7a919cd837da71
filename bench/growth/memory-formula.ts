import type { MemoryCosts } from './measure-memory.ts';

/** What Redis's memory for a run is made of, in bytes. */
export interface MemoryFormula {
  readonly waiting: { readonly fixed: number; readonly perPromptByte: number };
  /** The short answer's log lies in a block that Redis reserves; the long one's is as large as it has to be. */
  readonly ended: {
    readonly perPromptByte: number;
    readonly short: number;
    readonly long: { readonly fixed: number; readonly perToken: number; readonly perFrame: number };
  };
}

/** From runs that differ in one thing each: the prompt's bytes, the answer's tokens, its frames. */
export function toMemoryFormula(costs: MemoryCosts): MemoryFormula {
  const { short, longPrompt, long, longer, manyFrames } = costs;
  const moreBytes = longPrompt.promptBytes - short.promptBytes;
  const waitingPerByte = (longPrompt.waitingBytes - short.waitingBytes) / moreBytes;
  const endedPerByte = (longPrompt.endedBytes - short.endedBytes) / moreBytes;
  const perFrame = (manyFrames.endedBytes - long.endedBytes) / (manyFrames.frames - long.frames);
  const moreFrames = longer.frames - long.frames;
  const perToken =
    (longer.endedBytes - long.endedBytes - moreFrames * perFrame) / (longer.tokens - long.tokens);
  const promptOf = ({ promptBytes }: { readonly promptBytes: number }) => promptBytes * endedPerByte;
  return {
    waiting: {
      fixed: short.waitingBytes - short.promptBytes * waitingPerByte,
      perPromptByte: waitingPerByte,
    },
    ended: {
      perPromptByte: endedPerByte,
      short: short.endedBytes - promptOf(short),
      long: {
        fixed: long.endedBytes - promptOf(long) - long.tokens * perToken - long.frames * perFrame,
        perToken,
        perFrame,
      },
    },
  };
}

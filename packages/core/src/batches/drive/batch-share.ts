import type { BatchShare } from './driving.ts';

export interface ShareFigures {
  /** Batches that have not ended, over all processes. */
  readonly active: number;
  /** For how many runs the living workers have room. */
  readonly room: number;
  readonly maxLiveRuns: number;
}

const mebibyte = 1024 ** 2;
const fewestLines = 2;
const usualLines = 512;
const mostLines = 4096;

/**
 * What one batch may take up, so that all together leave Redis, memory and the places for runs to live traffic: enough for the workers
 * to be busy with one batch alone, and a little for each of a thousand.
 */
export function shareOf({ active, room, maxLiveRuns }: ShareFigures): BatchShare {
  const batches = Math.max(1, active);
  const all = Math.min(Math.max(4 * room, usualLines), Math.floor(maxLiveRuns / 2));
  const alone = clamp(2 * room, usualLines, mostLines);
  return {
    lines: clamp(Math.floor(all / batches), fewestLines, alone),
    inputBytes: clamp(Math.floor((32 * mebibyte) / batches), mebibyte / 16, 2 * mebibyte),
    resultBytes: clamp(Math.floor((32 * mebibyte) / batches), mebibyte / 16, mebibyte),
  };
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value));
}

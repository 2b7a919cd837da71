import { quantilesOf } from '../../figures/statistics.ts';
import type { Load, Sample } from '../protocol.ts';

/** Makes one request; rejects when the answer is wrong. */
export type Ask = () => Promise<Answer>;

export interface Answer {
  readonly tokens: number;
  readonly ttftMs: number;
  /** Between one piece of a stream and the next. */
  readonly gapsMs: readonly number[];
}

/** Runs `ask` in as many loops as the load says, after one call each that is not counted and opens the connections. */
export async function runLoops(
  ask: Ask,
  { concurrency, until }: Pick<Load, 'concurrency' | 'until'>,
): Promise<Sample> {
  const loops = Array.from({ length: concurrency });
  await Promise.all(loops.map(() => ask().catch(() => undefined)));
  const answers: Answer[] = [];
  const errors: string[] = [];
  let begun = 0;
  const startedAt = performance.now();
  const limitMs = until.kind === 'time' ? until.ms : until.maxMs;
  const maxRequests = until.kind === 'time' ? Number.POSITIVE_INFINITY : until.requests;
  const loop = async () => {
    while (begun < maxRequests && performance.now() - startedAt < limitMs) {
      begun += 1;
      try {
        answers.push(await ask());
      } catch (error) {
        errors.push(error instanceof Error ? error.message : String(error));
      }
    }
  };
  await Promise.all(loops.map(loop));
  return sampleOf(answers, errors, (performance.now() - startedAt) / 1000);
}

function sampleOf(answers: readonly Answer[], errors: readonly string[], seconds: number): Sample {
  const [firstError] = errors;
  const gaps = answers.flatMap(({ gapsMs }) => gapsMs);
  return {
    requests: answers.length,
    errors: errors.length,
    ...(firstError === undefined ? {} : { firstError }),
    seconds,
    tokens: answers.reduce((sum, { tokens }) => sum + tokens, 0),
    ttftMs: quantilesOf(answers.map(({ ttftMs }) => ttftMs)),
    ...(gaps.length === 0 ? {} : { gapMs: quantilesOf(gaps) }),
  };
}

import type { Load, Sample } from '../../scripts/bench/protocol.ts';
import { quantile } from '../../scripts/bench/statistics.ts';

/** Makes one request; rejects when the answer is wrong. */
export type Ask = () => Promise<{ readonly ttftMs: number; readonly tokens: number }>;

/** Runs `ask` in as many loops as the load says, after one call each that is not counted and opens the connections. */
export async function runLoops(
  ask: Ask,
  { concurrency, until }: Omit<Load, 'model' | 'stream'>,
): Promise<Sample> {
  const loops = Array.from({ length: concurrency });
  await Promise.all(loops.map(() => ask().catch(() => undefined)));
  const ttfts: number[] = [];
  const errors: string[] = [];
  let tokens = 0;
  let begun = 0;
  const startedAt = performance.now();
  const limitMs = until.kind === 'time' ? until.ms : until.maxMs;
  const maxRequests = until.kind === 'time' ? Number.POSITIVE_INFINITY : until.requests;
  const loop = async () => {
    while (begun < maxRequests && performance.now() - startedAt < limitMs) {
      begun += 1;
      try {
        const answer = await ask();
        ttfts.push(answer.ttftMs);
        tokens += answer.tokens;
      } catch (error) {
        errors.push(error instanceof Error ? error.message : String(error));
      }
    }
  };
  await Promise.all(loops.map(loop));
  const sorted = Float64Array.from(ttfts).sort();
  const [firstError] = errors;
  return {
    requests: ttfts.length,
    errors: errors.length,
    ...(firstError === undefined ? {} : { firstError }),
    seconds: (performance.now() - startedAt) / 1000,
    tokens,
    ttftMs: { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) },
  };
}

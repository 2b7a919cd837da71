import type { Sample } from '../processes/protocol.ts';
import { type Spread, spreadOf } from './statistics.ts';

/** Until the first token of text, over several rounds of one load. */
export interface Latency {
  readonly p50Ms: Spread | undefined;
  readonly p99Ms: Spread | undefined;
  readonly errors: number;
  readonly firstError?: string;
}

export function latencyOf(samples: readonly Sample[]): Latency {
  const firstError = samples.find((sample) => sample.firstError !== undefined)?.firstError;
  return {
    p50Ms: spreadOf(samples.map(({ ttftMs }) => ttftMs.p50)),
    p99Ms: spreadOf(samples.map(({ ttftMs }) => ttftMs.p99)),
    errors: samples.reduce((sum, { errors }) => sum + errors, 0),
    ...(firstError === undefined ? {} : { firstError }),
  };
}

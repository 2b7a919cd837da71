import type { MockModel } from '../processes/protocol.ts';
import type { BenchSettings } from '../settings.ts';

export type ScenarioId = 'burst-1' | 'burst-32' | 'burst-256' | 'whole-32' | 'paced-32';

/** One kind of load. */
export interface Scenario {
  readonly id: ScenarioId;
  readonly title: string;
  readonly model: MockModel;
  readonly stream: boolean;
  readonly concurrency: number;
}

const scenarios: readonly Scenario[] = [
  { id: 'burst-1', title: 'streaming, c=1', model: 'mock-burst', stream: true, concurrency: 1 },
  { id: 'burst-32', title: 'streaming, c=32', model: 'mock-burst', stream: true, concurrency: 32 },
  { id: 'burst-256', title: 'streaming, c=256', model: 'mock-burst', stream: true, concurrency: 256 },
  { id: 'whole-32', title: 'not streaming, c=32', model: 'mock-burst', stream: false, concurrency: 32 },
  {
    id: 'paced-32',
    title: 'streaming, a token per 10 ms, c=32',
    model: 'mock-paced',
    stream: true,
    concurrency: 32,
  },
];

/** What a run of this mode measures, in this order. */
export function scenariosOf(mode: BenchSettings['mode']): readonly Scenario[] {
  return mode === 'quick' ? scenarios.filter(({ id }) => id !== 'burst-256') : scenarios;
}

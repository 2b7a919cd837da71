import { defaultBackOff } from '../../async/back-off.ts';
import { startPeriodic } from '../../async/periodic.ts';
import { type Wait, wait } from '../../async/wait.ts';
import type { ModelProvider } from '../model-provider.ts';
import { askOpenly } from './ask-openly.ts';
import { createModelLane, type ModelLane } from './model-lane.ts';
import type { ProviderState } from './provider-state.ts';
import { createWaitingLine } from './waiting-line.ts';
import { withPacing } from './with-pacing.ts';

export interface PacingConfig {
  /** Shared by all workers. */
  readonly state: ProviderState;
  /** Unique to this process, and the name under which the shared state knows whether it lives. */
  readonly worker: string;
  /** The most that a call waits for its provider. */
  readonly providerWaitMs: number;
  /** Told when the shared state cannot be asked. */
  onError(error: unknown): void;
}

/** The clocks and the chance that tests replace. */
export interface PacingClocks {
  /** In ms; never goes back. */
  readonly now: () => number;
  /** In Unix ms. */
  readonly clock: () => number;
  readonly wait: Wait;
  /** In [0, 1). */
  readonly random: () => number;
}

export interface PacedModel {
  readonly provider: string;
  readonly host: string;
  readonly model: string;
  /** Calls of the provider that may be open at once, over all workers. */
  readonly maxConcurrency?: number | undefined;
}

/** Paces the calls of one worker; disposing stops what it does beside them. */
export interface Pacing extends AsyncDisposable {
  /** See withPacing. */
  pace(provider: ModelProvider, model: PacedModel): ModelProvider;
}

const realClocks: PacingClocks = {
  now: performance.now.bind(performance),
  clock: Date.now,
  wait,
  random: Math.random,
};
/** Its open calls may have been forgotten: while Redis was away, all workers looked dead. */
const renewEveryMs = 5000;

export function createPacing(config: PacingConfig, clocks: PacingClocks = realClocks): Pacing {
  const { worker, providerWaitMs } = config;
  const ask = askOpenly(config);
  const open = new Map<string, number>();
  const lanes: ModelLane[] = [];
  const renewing = startPeriodic({
    everyMs: renewEveryMs,
    round: async () => void (await Promise.all(lanes.map((lane) => lane.renew()))),
    onError: config.onError,
  });
  return {
    pace(provider, { provider: providerName, host, model, maxConcurrency: cap = 0 }) {
      const name = `${providerName} ${host}`;
      const names = { provider: name, model: `${name} ${model}` };
      const lane = createModelLane({ ask, worker, names, cap, open, now: clocks.now });
      lanes.push(lane);
      const line = createWaitingLine(clocks);
      return withPacing(provider, { host, lane, line, backOff: defaultBackOff, providerWaitMs, ...clocks });
    },
    [Symbol.asyncDispose]: () => renewing.stop(),
  };
}

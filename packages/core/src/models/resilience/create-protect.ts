import { type BackOff, defaultBackOff } from '../../async/back-off.ts';
import { type Wait, wait } from '../../async/wait.ts';
import type { ModelProvider } from '../model-provider.ts';
import { type Circuit, createCircuit } from './circuit.ts';
import { createPause } from './pause.ts';
import { withCircuit } from './with-circuit.ts';
import { withRetries } from './with-retries.ts';

export interface ProtectParts {
  /** In ms; never goes back. */
  readonly now: () => number;
  readonly wait: Wait;
  /** In [0, 1). */
  readonly random: () => number;
  readonly backOff: BackOff;
}

export interface UpstreamName {
  readonly provider: string;
  readonly host: string;
}

/** Gives a provider retries and the circuit of its upstream. */
export type Protect = (provider: ModelProvider, upstream: UpstreamName) => ModelProvider;

const realParts: ProtectParts = {
  now: performance.now.bind(performance),
  wait,
  random: Math.random,
  backOff: defaultBackOff,
};

/** All models of the same provider at the same host share one circuit; a pause is one model's, as rate limits are. */
export function createProtect(parts: ProtectParts = realParts): Protect {
  const circuits = new Map<string, Circuit>();
  const find = ({ provider, host }: UpstreamName) => {
    const key = `${provider} ${host}`;
    const found = circuits.get(key) ?? createCircuit(parts.now);
    circuits.set(key, found);
    return found;
  };
  return (provider, upstream) => {
    const { host } = upstream;
    const circuit = find(upstream);
    const pause = createPause(parts.now);
    // Once the circuit is open the calls in hand leave the upstream alone as well.
    const retryParts = { ...parts, host, pause, mayRetry: () => circuit.isClosed };
    const probeParts = { ...retryParts, backOff: { ...parts.backOff, maxRetries: 0 } };
    return withCircuit(withRetries(provider, retryParts), {
      host,
      circuit,
      probe: withRetries(provider, probeParts),
    });
  };
}

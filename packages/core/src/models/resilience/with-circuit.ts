import { CaluteError } from '../../errors.ts';
import { type BegunStream, begin, streamOf } from '../begun-stream.ts';
import type { ModelCall, ModelProvider } from '../model-provider.ts';
import type { Circuit } from './circuit.ts';
import { judgeFailure } from './judge-failure.ts';

export interface CircuitParts {
  /** Of the upstream, for messages. */
  readonly host: string;
  /** Shared by all calls of the upstream. */
  readonly circuit: Circuit;
  /** What a probe goes through instead: it should come back soon. */
  readonly probe: ModelProvider;
}

/**
 * The same provider, whose calls fail at once with `server_is_overloaded` while the circuit is open. A call counts as
 * answered with its first event; how it ends after that says nothing of whether the upstream takes calls.
 */
export function withCircuit(provider: ModelProvider, parts: CircuitParts): ModelProvider {
  return {
    ...provider,
    stream: (call, signal) => streamOf(() => beginThroughCircuit(provider, parts, { call, signal })),
  };
}

async function beginThroughCircuit(
  provider: ModelProvider,
  { host, circuit, probe }: CircuitParts,
  { call, signal }: { readonly call: ModelCall; readonly signal: AbortSignal },
): Promise<BegunStream> {
  signal.throwIfAborted();
  const admission = circuit.admit();
  if (admission.outcome === 'refused') throw toRefusal(host, admission.retryAfterMs);
  const admitted = admission.kind === 'probe' ? probe : provider;
  try {
    const begun = await begin(admitted.stream(call, signal));
    admission.report(begun.first.done === true ? 'unknown' : 'answered');
    return begun;
  } catch (error) {
    admission.report(signal.aborted ? 'unknown' : judgeFailure(error));
    throw error;
  }
}

function toRefusal(host: string, retryAfterMs: number): CaluteError {
  const message = `The model provider at ${host} keeps failing and is left alone for now; try again later.`;
  return new CaluteError('server_is_overloaded', message, { retryAfterMs });
}

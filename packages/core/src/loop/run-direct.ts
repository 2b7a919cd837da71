import type { ModelCall, ModelEvent } from '../models/model-provider.ts';
import type { DirectRequest } from '../request/direct-request.ts';
import type { RunEvent } from '../runs/run-event.ts';
import { sumUsage } from '../runs/sum-usage.ts';
import type { AgentRun } from './agent-run.ts';
import { pickParameters } from './create-call.ts';
import { limitDuration } from './limits/limit-duration.ts';
import { limitOutput } from './limits/limit-output.ts';
import { priceUsage } from './limits/price-usage.ts';

/** What a model is asked with for a request that goes to it as it is. */
export interface DirectRun
  extends Pick<AgentRun, 'agent' | 'request' | 'resolveModel' | 'context' | 'signal' | 'patience'> {
  readonly direct: DirectRequest;
}

/**
 * Asks the agent's model once: yields what it says and a completed `run-end`, as `runAgent` does. The agent gives model,
 * sampling values, limits and prices; nobody stands in for a model that fails: another one's vectors mean something else.
 * Failures are thrown.
 */
export async function* runDirect(run: DirectRun): AsyncGenerator<readonly RunEvent[]> {
  const startedAt = performance.now();
  const { agent, resolveModel, patience } = run;
  using duration = limitDuration(run);
  const stream = resolveModel(agent.model).stream(toCall(run), duration.signal, {
    ifPaused: 'wait',
    ...patience,
  });
  for await (const events of stream) {
    const visible = events.filter((event) => event.type !== 'model-end');
    if (visible.length > 0) yield visible;
    const last = events.at(-1);
    if (last?.type !== 'model-end') continue;
    yield [toRunEnd(run, last, performance.now() - startedAt)];
    return;
  }
}

function toCall({ agent, request, direct }: DirectRun): ModelCall {
  const call = {
    messages: [],
    sampling: agent.sampling,
    tools: [],
    toolChoice: undefined,
    parameters: pickParameters(request),
    direct,
  };
  return direct.endpoint === 'completions' ? limitOutput(call, agent, sumUsage([])) : call;
}

function toRunEnd(
  { agent }: DirectRun,
  { finishReason, usage, serviceTier }: Extract<ModelEvent, { type: 'model-end' }>,
  processingMs: number,
): RunEvent {
  return {
    type: 'run-end',
    end: {
      reason: 'completed',
      finishReason,
      usage: priceUsage(usage, agent.prices),
      processingMs: Math.round(processingMs * 1000) / 1000,
      ...(serviceTier === undefined ? {} : { serviceTier }),
    },
  };
}

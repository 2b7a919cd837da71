import type { RunUsage } from '../../runs/run-end.ts';
import type { RunEvent } from '../../runs/run-event.ts';
import { sumUsage } from '../../runs/sum-usage.ts';
import type { Agent } from '../agent.ts';
import { assertMayGoOn } from '../limits/assert-may-go-on.ts';
import { limitDuration } from '../limits/limit-duration.ts';
import { endAtOutputLimit, limitOutput } from '../limits/limit-output.ts';
import { priceUsage } from '../limits/price-usage.ts';
import type { ModelCall } from '../providers/model-provider.ts';
import { isOwnTool } from '../tools/collect-tools.ts';
import type { AgentRun } from './agent-run.ts';
import { finishStep } from './finish-step.ts';
import { createFirstCall } from './first-call.ts';
import { readStep, type StepResult } from './read-step.ts';

/** Where a run stands between two calls of the model. */
interface Conversation {
  /** What the model is asked next. */
  call: ModelCall;
  /** How many calls of the model are done. */
  steps: number;
  usage: RunUsage;
}

/**
 * Runs an agent for one request: yields what a client may see, in order, and as the last event a completed `run-end`; what
 * came at once comes as one array. Calls of the agent's own tools are run here and never shown, then the model is asked
 * again, as far as the agent's limits go; calls of the client's tools end the run (beside them, own calls of the same step
 * are not run: the client could not answer for them). Handing over to the agents of `handoffs` is not done yet.
 * Also yields what has to be stored before the next array is asked for, each alone in its array: `step-calls` before the
 * first of these tools starts, `tool-result` after each. Continues after `committed` when an earlier attempt has got that
 * far; a tool that may have been running then runs again only when it is idempotent, otherwise `tool_outcome_unknown` is
 * thrown. Failures are thrown: CaluteErrors, `run_limit_exceeded` among them, the signal's reason when it aborts, anything
 * else is a bug.
 */
export async function* runAgent(given: AgentRun): AsyncGenerator<readonly RunEvent[]> {
  const startedAt = performance.now();
  using duration = limitDuration(given);
  const run = { ...given, signal: duration.signal };
  const { agent, signal } = run;
  const provider = run.resolveModel(agent.model);
  const conversation = await start(run);
  for (const step of run.committed ?? []) {
    count(conversation, step.usage);
    assertMayGoOn(agent, conversation);
    conversation.call = yield* finishStep(run, conversation.call, step);
  }
  for (;;) {
    const answer = provider.stream(limitOutput(conversation.call, agent, conversation.usage), signal);
    const read = yield* readStep(answer, (name) => isOwnTool(agent, name));
    const usage = priceUsage(read.usage, agent.prices);
    count(conversation, usage);
    const result = endAtOutputLimit(read, agent, conversation.usage);
    if (!continues(result)) {
      yield [toRunEnd(result, conversation.usage, performance.now() - startedAt)];
      return;
    }
    const { text, ownCalls: calls } = result;
    const step = { text, calls: [...calls], usage, ...orderOf(agent), ...duration.stamp };
    // Stored also when the run may not go on: so its tokens are counted.
    yield [{ type: 'step-calls', ...step }];
    assertMayGoOn(agent, conversation);
    conversation.call = yield* finishStep(run, conversation.call, { ...step, results: [] });
  }
}

/** Absent for the usual case, so that it costs nothing in the log. */
function orderOf({ parallelTools }: Agent): { sequential?: true } {
  return parallelTools === false ? { sequential: true } : {};
}

async function start(run: AgentRun): Promise<Conversation> {
  return { call: await createFirstCall(run), steps: 0, usage: sumUsage([]) };
}

/** A call that was cut by a token limit or a filter may be incomplete, so it is not run. */
function continues({ ownCalls, clientCalls, finishReason }: StepResult): boolean {
  return ownCalls.length > 0 && clientCalls === 0 && finishReason === 'tool_calls';
}

function count(conversation: Conversation, usage: RunUsage): void {
  conversation.steps += 1;
  conversation.usage = sumUsage([conversation.usage, usage]);
}

function toRunEnd(
  { finishReason, clientCalls, serviceTier }: StepResult,
  usage: RunUsage,
  processingMs: number,
): RunEvent {
  const isToolCalls = finishReason === 'tool_calls' && clientCalls === 0;
  return {
    type: 'run-end',
    end: {
      reason: 'completed',
      finishReason: isToolCalls ? 'stop' : finishReason,
      usage,
      processingMs,
      ...(serviceTier === undefined ? {} : { serviceTier }),
    },
  };
}

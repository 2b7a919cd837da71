import { CaluteError } from '../../errors.ts';
import { addUsage } from '../../runs/add-usage.ts';
import type { Compaction, RunUsage } from '../../runs/run-end.ts';
import type { RunEvent } from '../../runs/run-event.ts';
import { createContextFit } from '../context/fit-context.ts';
import type { ModelCall } from '../providers/model-provider.ts';
import { isOwnTool } from '../tools/collect-tools.ts';
import type { AgentRun } from './agent-run.ts';
import { createAnswerCheck } from './answer-check.ts';
import { finishStep } from './finish-step.ts';
import { createFirstCall } from './first-call.ts';
import { readStep, type StepResult } from './read-step.ts';

/** Where a run stands between two calls of the model. */
interface Conversation {
  /** What the model is asked next. */
  call: ModelCall;
  /** How many calls of the model are done. */
  steps: number;
  readonly usage: RunUsage;
}

/**
 * Runs an agent for one request: yields what a client may see, in order, and as the last event a completed `run-end`; what
 * came at once comes as one array. Calls of the agent's own tools are run here and never shown, then the model is asked
 * again, `limits.maxSteps` times at most; calls of the client's tools end the run (beside them, own calls of the same step
 * are not run: the client could not answer for them). Handing over to the agents of `handoffs` is not done yet.
 * Also yields what has to be stored before the next array is asked for, each alone in its array: `step-calls` before the
 * first of these tools starts, `tool-result` after each. Continues after `committed` when an earlier attempt has got that
 * far; a tool that may have been running then runs again only when it is idempotent, otherwise `tool_outcome_unknown` is
 * thrown. Failures are thrown: CaluteErrors, the signal's reason when it aborts, anything else is a bug.
 */
export async function* runAgent(run: AgentRun): AsyncGenerator<readonly RunEvent[]> {
  const startedAt = performance.now();
  const { agent, signal } = run;
  const provider = run.resolveModel(agent.model);
  const check = createAnswerCheck(run, provider);
  const context = createContextFit(run);
  const conversation = await start(run);
  for (const step of run.committed ?? []) {
    conversation.call = yield* finishStep(run, conversation.call, step);
    count(conversation, step.usage);
  }
  while (conversation.steps < agent.limits.maxSteps) {
    const fitted = context === undefined ? undefined : await context.fit(conversation.call);
    if (fitted) conversation.call = fitted.call;
    const answer = provider.stream(conversation.call, signal);
    const result = yield* readStep(answer, (name) => isOwnTool(agent, name), check?.watch(provider));
    const usage = fitted?.usage === undefined ? result.usage : addUsage(fitted.usage, result.usage);
    count(conversation, usage);
    if (!continues(result)) {
      const mayAskAgain = conversation.steps < agent.limits.maxSteps;
      const last = check
        ? yield* check.settle({ result, provider, call: conversation.call, mayAskAgain })
        : result;
      if (last !== result) count(conversation, last.usage);
      const ended = { ...last, compaction: context?.compaction };
      yield [toRunEnd(ended, conversation.usage, performance.now() - startedAt)];
      return;
    }
    const { text, ownCalls: calls } = result;
    yield [{ type: 'step-calls', text, calls: [...calls], usage }];
    conversation.call = yield* finishStep(run, conversation.call, { text, calls, usage, results: [] });
  }
  const message = `The agent "${agent.id}" still wanted to call tools after ${agent.limits.maxSteps} steps (limits.maxSteps).`;
  throw new CaluteError('agent_failed', message);
}

async function start(run: AgentRun): Promise<Conversation> {
  const usage = { promptTokens: 0, completionTokens: 0, cachedTokens: 0, reasoningTokens: 0 };
  return { call: await createFirstCall(run), steps: 0, usage };
}

/** A call that was cut by a token limit or a filter may be incomplete, so it is not run. */
function continues({ ownCalls, clientCalls, finishReason }: StepResult): boolean {
  return ownCalls.length > 0 && clientCalls === 0 && finishReason === 'tool_calls';
}

function count(conversation: Conversation, usage: RunUsage): void {
  const total = conversation.usage;
  conversation.steps += 1;
  total.promptTokens += usage.promptTokens;
  total.completionTokens += usage.completionTokens;
  total.cachedTokens += usage.cachedTokens;
  total.reasoningTokens += usage.reasoningTokens;
}

function toRunEnd(
  {
    finishReason,
    clientCalls,
    serviceTier,
    compaction,
  }: StepResult & { readonly compaction: Compaction | undefined },
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
      ...(compaction === undefined ? {} : { compaction }),
    },
  };
}

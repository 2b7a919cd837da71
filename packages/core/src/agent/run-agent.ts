import { CaluteError } from '../errors.ts';
import type { ChatMessage } from '../protocol/chat-message.ts';
import { type ChatRequest, type ProviderParameter, providerParameters } from '../protocol/chat-request.ts';
import type { RunUsage } from '../runs/run-end.ts';
import type { RunEvent } from '../runs/run-event.ts';
import type { Agent, InstructionsContext } from './agent.ts';
import type { AgentRun } from './agent-run.ts';
import { readStep, type StepResult } from './agent-step.ts';
import { collectTools, isOwnTool } from './agent-tools.ts';
import { finishStep } from './finish-step.ts';
import type { ModelCall } from './providers/model-provider.ts';

/**
 * Runs an agent for one request: yields what a client may see, in order, and as the last event a completed `run-end`. Calls
 * of the agent's own tools are run here and never shown, then the model is asked again, `limits.maxSteps` times at most;
 * calls of the client's tools end the run (beside them, own calls of the same step are not run: the client could not
 * answer for them). Handing over to the agents of `handoffs` is not done yet.
 * Also yields what has to be stored before the next event is asked for: `step-calls` before the first of these tools
 * starts, `tool-result` after each. Continues after `committed` when an earlier attempt has got that far; a tool that may
 * have been running then runs again only when it is idempotent, otherwise `tool_outcome_unknown` is thrown.
 * Failures are thrown: CaluteErrors, the signal's reason when it aborts, anything else is a bug.
 */
export async function* runAgent(run: AgentRun): AsyncGenerator<RunEvent> {
  const startedAt = performance.now();
  const { agent, signal } = run;
  const provider = run.resolveModel(agent.model);
  const total = { promptTokens: 0, completionTokens: 0, cachedTokens: 0, reasoningTokens: 0 };
  let call = await createFirstCall(run);
  for (const step of run.committed ?? []) {
    addUsage(total, step.usage);
    call = yield* finishStep(run, call, step);
  }
  for (let taken = run.committed?.length ?? 0; taken < agent.limits.maxSteps; taken++) {
    const result = yield* readStep(provider.stream(call, signal), (name) => isOwnTool(agent, name));
    addUsage(total, result.usage);
    if (!continues(result)) {
      yield toRunEnd(result, total, performance.now() - startedAt);
      return;
    }
    const { text, ownCalls: calls, usage } = result;
    yield { type: 'step-calls', text, calls: [...calls], usage };
    call = yield* finishStep(run, call, { text, calls, usage, results: [] });
  }
  const message = `The agent "${agent.id}" still wanted to call tools after ${agent.limits.maxSteps} steps (limits.maxSteps).`;
  throw new CaluteError('agent_failed', message);
}

async function createFirstCall({ agent, request, context }: AgentRun): Promise<ModelCall> {
  const instructions = await giveInstructions(agent, context);
  const system: ChatMessage[] = instructions === '' ? [] : [{ role: 'system', content: instructions }];
  return {
    messages: [...system, ...request.messages],
    sampling: agent.sampling,
    tools: collectTools(agent, request.tools),
    toolChoice: request.tool_choice,
    parameters: pickParameters(request),
  };
}

async function giveInstructions(
  { id, instructions = '' }: Agent,
  context: InstructionsContext,
): Promise<string> {
  if (typeof instructions === 'string') return instructions;
  try {
    return await instructions(context);
  } catch (cause) {
    if (CaluteError.is(cause)) throw cause;
    throw new CaluteError('agent_failed', `The instructions of the agent "${id}" could not be made.`, {
      cause,
    });
  }
}

function pickParameters(request: ChatRequest): ModelCall['parameters'] {
  const given = providerParameters.filter((name) => request[name] !== undefined);
  // because fromEntries forgets the names
  return Object.fromEntries(given.map((name) => [name, request[name]])) as Pick<
    ChatRequest,
    ProviderParameter
  >;
}

/** A call that was cut by a token limit or a filter may be incomplete, so it is not run. */
function continues({ ownCalls, clientCalls, finishReason }: StepResult): boolean {
  return ownCalls.length > 0 && clientCalls === 0 && finishReason === 'tool_calls';
}

function addUsage(total: RunUsage, usage: RunUsage): void {
  total.promptTokens += usage.promptTokens;
  total.completionTokens += usage.completionTokens;
  total.cachedTokens += usage.cachedTokens;
  total.reasoningTokens += usage.reasoningTokens;
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

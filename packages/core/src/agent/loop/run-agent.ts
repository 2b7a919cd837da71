import { CaluteError } from '../../errors.ts';
import type { RunEvent } from '../../runs/run-event.ts';
import type { CommittedStep, StepCalls } from '../../runs/run-history.ts';
import { findHandoff } from '../team/handoff-tool.ts';
import { listTeam } from '../team/list-team.ts';
import { checkClientTools, isOwnTool } from '../tools/collect-tools.ts';
import type { AgentRun } from './agent-run.ts';
import {
  addTurn,
  type Conversation,
  countStep,
  giveFloor,
  recallSpeaker,
  startConversation,
} from './conversation.ts';
import { createCalls } from './create-call.ts';
import { finishStep } from './finish-step.ts';
import { openAnswer } from './open-answer.ts';
import { readStep, type StepResult } from './read-step.ts';

/**
 * Runs an agent for one request: yields what a client may see, in order, and as the last event a completed `run-end`; what
 * came at once comes as one array. Calls of the agent's own tools are run here and never shown, then the model is asked
 * again, `limits.maxSteps` times at most; calls of the client's tools end the run (beside them, own calls of the same step
 * are not run: the client could not answer for them). A call that hands over makes another agent of `handoffs` answer from
 * the next model call on, and a provider that fails before it has said anything is replaced by the next `fallback`.
 * Also yields what has to be stored before the next array is asked for, each alone in its array: `step-calls` before the
 * first of these tools starts, `tool-result` after each. Continues after `committed` when an earlier attempt has got that
 * far; a tool that may have been running then runs again only when it is idempotent, otherwise `tool_outcome_unknown` is
 * thrown. Failures are thrown: CaluteErrors, the signal's reason when it aborts, anything else is a bug.
 */
export async function* runAgent(run: AgentRun): AsyncGenerator<readonly RunEvent[]> {
  const startedAt = performance.now();
  assertToolsFit(run);
  const createCall = createCalls(run);
  const conversation = startConversation(run);
  for (const step of run.committed ?? []) {
    recallSpeaker(run, conversation, step);
    countStep(conversation, step.usage);
    yield* finish(run, conversation, step);
  }
  while (conversation.steps < run.agent.limits.maxSteps) {
    const answer = await openAnswer(run, conversation, createCall);
    giveFloor(conversation, answer.speaker);
    const result = yield* readStep(answer.events, (name) => isKeptBack(run, conversation, name));
    countStep(conversation, result.usage);
    if (!continues(result)) {
      yield [toRunEnd(run, conversation, { result, processingMs: performance.now() - startedAt })];
      return;
    }
    const step = toStep(run, conversation, result);
    yield [step];
    yield* finish(run, conversation, { ...step, results: [] });
  }
  const message = `The agent "${run.agent.id}" still wanted to call tools after ${run.agent.limits.maxSteps} steps (limits.maxSteps).`;
  throw new CaluteError('agent_failed', message);
}

/** Refused before anything is said, also for agents that the conversation may never get to: it depends on the model. */
function assertToolsFit({ agent, request, findAgent }: AgentRun): void {
  if (request.tools === undefined) return;
  for (const member of listTeam(agent, findAgent)) checkClientTools(member, request.tools);
}

/** Whether a call is not for the client: the agent's own, or one that its model has only seen other agents make. */
function isKeptBack({ request }: AgentRun, { speaker, isShared }: Conversation, name: string): boolean {
  if (isOwnTool(speaker.agent, name) || findHandoff(speaker.agent, name) !== undefined) return true;
  return isShared && !request.tools?.some((tool) => tool.type === 'function' && tool.function.name === name);
}

/** A call that was cut by a token limit or a filter may be incomplete, so it is not run. */
function continues({ ownCalls, clientCalls, finishReason }: StepResult): boolean {
  return ownCalls.length > 0 && clientCalls === 0 && finishReason === 'tool_calls';
}

/** The step as another attempt has to know it. Throws when it hands over once too often. */
function toStep(
  { agent: requested }: AgentRun,
  { speaker: { agent, model }, handoffs }: Conversation,
  { text, ownCalls, usage }: StepResult,
): StepCalls {
  const targets = ownCalls.map(({ name }) => findHandoff(agent, name));
  const index = targets.findIndex((target) => target !== undefined);
  const target = targets[index];
  const { maxHandoffs } = requested.limits;
  if (target !== undefined && handoffs >= maxHandoffs) {
    const message = `The conversation was to be passed on once more after ${maxHandoffs} handoffs (limits.maxHandoffs of "${requested.id}").`;
    throw new CaluteError('agent_failed', message);
  }
  return {
    type: 'step-calls',
    text,
    calls: [...ownCalls],
    usage,
    ...(agent.id === requested.id ? {} : { agent: agent.id }),
    ...(model === agent.model ? {} : { model }),
    ...(target === undefined ? {} : { handoff: { index, agent: target } }),
  };
}

async function* finish(
  run: AgentRun,
  conversation: Conversation,
  step: CommittedStep,
): AsyncGenerator<readonly RunEvent[], void> {
  const turn = yield* finishStep({ ...run, agent: conversation.speaker.agent }, step);
  addTurn(run, conversation, { turn, handoff: step.handoff });
}

function toRunEnd(
  { agent: requested }: AgentRun,
  { speaker: { agent }, usage }: Conversation,
  { result, processingMs }: { readonly result: StepResult; readonly processingMs: number },
): RunEvent {
  const { finishReason, clientCalls, serviceTier } = result;
  const isToolCalls = finishReason === 'tool_calls' && clientCalls === 0;
  return {
    type: 'run-end',
    end: {
      reason: 'completed',
      finishReason: isToolCalls ? 'stop' : finishReason,
      usage,
      processingMs,
      ...(serviceTier === undefined ? {} : { serviceTier }),
      ...(agent.id === requested.id ? {} : { agent: agent.id }),
    },
  };
}

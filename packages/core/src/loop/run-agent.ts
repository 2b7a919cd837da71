import type { Agent } from '../agent/agent.ts';
import { findHandoff } from '../agent/team/handoff-tool.ts';
import { listTeam } from '../agent/team/list-team.ts';
import type { RunEvent } from '../runs/run-event.ts';
import type { CommittedStep, StepCalls } from '../runs/run-history.ts';
import { sumUsage } from '../runs/sum-usage.ts';
import type { AgentRun } from './agent-run.ts';
import { type AnswerCheck, createAnswerCheck } from './answer-check.ts';
import {
  addTurn,
  type Conversation,
  countStep,
  giveFloor,
  recallSpeaker,
  startConversation,
} from './conversation.ts';
import { createCalls } from './create-call.ts';
import { createEquipSpeaker } from './equip-speaker.ts';
import { finishStep } from './finish-step.ts';
import { assertMayGoOn, assertMayHandOver, mayAskOnceMore } from './limits/assert-may-go-on.ts';
import { limitDuration, type RunDuration } from './limits/limit-duration.ts';
import { endAtOutputLimit, limitOutput } from './limits/limit-output.ts';
import { priceUsage } from './limits/price-usage.ts';
import type { Answer } from './open-answer.ts';
import { openShortened } from './open-shortened.ts';
import { StepReader, type StepResult } from './step-reader.ts';
import { checkClientTools, isOwnTool } from './tools/collect-tools.ts';

/**
 * Runs an agent for one request: yields what a client may see, in order, and as the last event a completed `run-end`; what
 * came at once comes as one array. Calls of the agent's own tools are run here and never shown, then the model is asked
 * again, as far as the agent's limits go; calls of the client's tools end the run (beside them, own calls of the same step
 * are not run: the client could not answer for them). A call that hands over makes another agent of `handoffs` answer from
 * the next model call on, and a provider that fails before it has said anything is replaced by the next `fallback`.
 * Also yields what has to be stored before the next array is asked for, each alone in its array: `step-calls` before the
 * first of these tools starts, `tool-result` after each. Continues after `committed` when an earlier attempt has got that
 * far; a tool that may have been running then runs again only when it is idempotent, otherwise `tool_outcome_unknown` is
 * thrown. Failures are thrown: CaluteErrors, `run_limit_exceeded` among them, the signal's reason when it aborts, anything
 * else is a bug.
 */
export async function* runAgent(given: AgentRun): AsyncGenerator<readonly RunEvent[]> {
  const startedAt = performance.now();
  assertToolsFit(given);
  using duration = limitDuration(given);
  const run = { ...given, signal: duration.signal };
  const createCall = createCalls(run);
  const equip = createEquipSpeaker(run);
  const check = createAnswerCheck(run);
  const conversation = startConversation(run);
  for (const step of run.committed ?? []) {
    recallSpeaker(run, conversation, step);
    conversation.speaker = await equip(conversation.speaker, step);
    countStep(conversation, step.usage);
    assertMayGoOn(run.agent, conversation);
    yield* finish(run, conversation, step);
  }
  for (;;) {
    const answer = await openShortened(run, conversation, { createCall, equip });
    giveFloor(conversation, answer.speaker);
    const isOwn = (name: string) => isKeptBack(run, conversation, name);
    const reader = new StepReader(isOwn, check?.watch(answer.provider));
    for await (const events of answer.events) {
      const visible = reader.read(events);
      if (visible.length > 0) yield visible;
      if (reader.isOver) break;
    }
    const result = countResult(run, conversation, reader.result());
    if (!continues(result)) {
      const last = check === undefined ? result : yield* settle(run, conversation, { answer, result, check });
      yield [toRunEnd(run, conversation, { result: last, processingMs: performance.now() - startedAt })];
      return;
    }
    const step = toStep(run, conversation, { result, duration });
    // Stored also when the run may not go on: so its tokens are counted.
    yield [step];
    assertMayGoOn(run.agent, conversation);
    yield* finish(run, conversation, { ...step, results: [] });
  }
}

/** Limits are those of the agent that was asked for, prices those of the one that speaks. */
function countResult({ agent }: AgentRun, conversation: Conversation, result: StepResult): StepResult {
  const used = sumUsage([...conversation.unstored, result.usage]);
  conversation.unstored = [];
  const usage = priceUsage(used, conversation.speaker.agent.prices);
  countStep(conversation, usage);
  return endAtOutputLimit({ ...result, usage }, agent, conversation.usage);
}

interface Unsettled {
  readonly answer: Answer;
  readonly result: StepResult;
  readonly check: AnswerCheck;
}

/** Holds the last answer to the format that the request asks for; a second try is one more step. */
async function* settle(
  run: AgentRun,
  conversation: Conversation,
  { answer: { provider, call }, result, check }: Unsettled,
): AsyncGenerator<readonly RunEvent[], StepResult> {
  const last = yield* check.settle({
    result,
    provider,
    call: limitOutput(call, run.agent, conversation.usage),
    mayAskAgain: mayAskOnceMore(run.agent, conversation),
    isKeptBack: (name) => isKeptBack(run, conversation, name),
  });
  if (last === result) return result;
  const usage = priceUsage(last.usage, conversation.speaker.agent.prices);
  countStep(conversation, usage);
  return last;
}

/** Refused before anything is said, also for agents that the conversation may never get to: it depends on the model. */
function assertToolsFit({ agent, request, findAgent }: AgentRun): void {
  if (request.tools === undefined) return;
  for (const member of listTeam(agent, findAgent)) checkClientTools(member, request.tools);
}

/**
 * Whether a call is not for the client: the agent's own, one that hands over, or one of a tool that nobody has declared,
 * which is answered with an error.
 */
function isKeptBack({ request }: AgentRun, { speaker: { agent } }: Conversation, name: string): boolean {
  if (isOwnTool(agent, name) || findHandoff(agent, name) !== undefined) return true;
  return !request.tools?.some((tool) => tool.type === 'function' && tool.function.name === name);
}

/** A call that was cut by a token limit or a filter may be incomplete, so it is not run. */
function continues({ ownCalls, clientCalls, finishReason }: StepResult): boolean {
  return ownCalls.length > 0 && clientCalls === 0 && finishReason === 'tool_calls';
}

/** The step as another attempt has to know it. Throws when it hands over once too often. */
function toStep(
  { agent: requested }: AgentRun,
  { speaker: { agent, model }, handoffs }: Conversation,
  { result, duration }: { readonly result: StepResult; readonly duration: RunDuration },
): StepCalls {
  const { text, ownCalls, opaque, usage } = result;
  const targets = ownCalls.map(({ name }) => findHandoff(agent, name));
  const index = targets.findIndex((target) => target !== undefined);
  const target = targets[index];
  if (target !== undefined) assertMayHandOver(requested, handoffs);
  return {
    type: 'step-calls',
    text,
    calls: [...ownCalls],
    ...(opaque === undefined ? {} : { opaque }),
    usage,
    ...orderOf(agent),
    ...duration.stamp,
    ...(agent.id === requested.id ? {} : { agent: agent.id }),
    ...(model === agent.model ? {} : { model }),
    ...(target === undefined ? {} : { handoff: { index, agent: target } }),
  };
}

/** Absent for the usual case, so that it costs nothing in the log. */
function orderOf({ parallelTools }: Agent): { sequential?: true } {
  return parallelTools === false ? { sequential: true } : {};
}

async function* finish(
  run: AgentRun,
  conversation: Conversation,
  step: CommittedStep,
): AsyncGenerator<readonly RunEvent[], void> {
  const { agent } = conversation.speaker;
  const { max_tool_calls: most = Number.POSITIVE_INFINITY } = run.request;
  const turn = yield* finishStep({ ...run, agent, mayCall: most - conversation.ownCalls }, step);
  conversation.ownCalls += step.calls.filter(({ name }) => findHandoff(agent, name) === undefined).length;
  addTurn(run, conversation, { turn, handoff: step.handoff });
}

function toRunEnd(
  { agent: requested }: AgentRun,
  { speaker: { agent }, usage, compaction }: Conversation,
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
      processingMs: Math.round(processingMs * 1000) / 1000, // because digits beyond are noise, stored with each run
      ...(serviceTier === undefined ? {} : { serviceTier }),
      ...(agent.id === requested.id ? {} : { agent: agent.id }),
      ...(compaction === undefined ? {} : { compaction }),
    },
  };
}

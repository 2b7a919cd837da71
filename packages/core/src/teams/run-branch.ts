import type { Agent } from '../agent/agent.ts';
import { CaluteError } from '../errors.ts';
import type { AgentRun } from '../loop/agent-run.ts';
import { runAgent } from '../loop/run-agent.ts';
import type { AgentRequest } from '../request/agent-request.ts';
import type { Message } from '../request/message.ts';
import type { CompletedEnd } from '../runs/run-end.ts';
import { isVisible, type RunEvent } from '../runs/run-event.ts';
import type { BranchHistory, CommittedStep } from '../runs/run-history.ts';
import type { TeamWork } from './team-work.ts';
import type { Verdict } from './verdicts/verdict.ts';

/** A part of a team's run of which the client sees no text. */
export interface BranchTask {
  /** From `nameBranch`. */
  readonly branch: string;
  readonly agent: Agent;
  readonly messages: readonly Message[];
  /** What its answer has to be; absent: any text. */
  readonly verdict?: Verdict<unknown>;
}

/** What an agent has said. */
export interface BranchResult {
  readonly text: string;
  /** Whether a token limit or a filter has cut it off. */
  readonly isCut: boolean;
}

/** It goes into one entry of the log, and into the prompts of other members. */
const maxTextLength = 1_048_576;

/**
 * Runs an agent by itself and returns what it says last. Yields what has to be stored, each alone in its array: that it
 * begins, its steps and results, that it is done. What is done is not done again; what has begun goes on after its steps.
 */
export async function* runBranch(
  work: TeamWork,
  task: BranchTask,
): AsyncGenerator<readonly RunEvent[], BranchResult> {
  const { budget, branches, startedAtMs } = work;
  const { branch, agent } = task;
  const history = branches.get(branch);
  if (history?.done !== undefined) return toResult(history.done);
  budget.beginCall();
  if (history === undefined) yield [{ type: 'branch-start', branch, agent: agent.id, startedAtMs }];
  await using events = runAgent(toAgentRun(work, task, history?.steps));
  for (;;) {
    const { text, next } = await readText(events, agent);
    switch (next.type) {
      case 'run-end': {
        // runAgent throws for any other end
        const end = next.end as CompletedEnd;
        assertUsable(task, text);
        budget.settle(branch, agent.id, end.usage);
        yield [{ type: 'branch-end', branch, agent: agent.id, text, end }];
        return toResult({ text, end });
      }
      case 'step-calls':
        budget.addStep(branch, agent.id, next.usage);
        yield [{ ...next, branch, agent: next.agent ?? agent.id }];
        budget.beginCall();
        break;
      case 'tool-result':
        yield [{ ...next, branch }];
    }
  }
}

interface Said {
  readonly text: string;
  /** Stands alone in its array. */
  readonly next: RunEvent;
}

/** What the agent says up to its next commit or end. Joined at once: a text that grows by each token costs more. */
async function readText(events: AsyncGenerator<readonly RunEvent[]>, agent: Agent): Promise<Said> {
  const pieces: string[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await events.next();
    if (done === true) throw new Error(`The agent "${agent.id}" ended without saying how.`);
    for (const event of value) {
      if (!isVisible(event)) return { text: pieces.join(''), next: event };
      if (event.type !== 'text-delta') continue;
      pieces.push(event.text);
      length += event.text.length;
    }
    if (length > maxTextLength) throw createTooLarge(agent);
  }
}

function toResult({ text, end }: NonNullable<BranchHistory['done']>): BranchResult {
  return { text, isCut: isCutOff(end) };
}

function isCutOff({ finishReason }: CompletedEnd): boolean {
  return finishReason === 'length' || finishReason === 'content_filter';
}

function toAgentRun(
  { run, budget }: TeamWork,
  { branch, agent, messages, verdict }: BranchTask,
  committed: readonly CommittedStep[] = [],
): AgentRun {
  const { findMember, committed: _, note, ...shared } = run;
  return {
    ...shared,
    agent: budget.limit(agent, branch, committed.length),
    findAgent: findMember,
    request: toBranchRequest(run.request, { model: agent.id, messages, verdict }),
    committed,
    branch,
    ...(verdict === undefined ? {} : { demand: verdict }),
    note(one) {
      // A second try is a model call like others.
      if (one.type === 'answer-repaired') budget.countCall();
      note?.(one);
    },
  };
}

/** What of a request says how to work, and not what the answer has to look like. */
const keptFields = [
  'metadata',
  'parallel_tool_calls',
  'seed',
  'reasoning_effort',
  'service_tier',
  'web_search_options',
  'user',
  'safety_identifier',
  'prompt_cache_key',
  'suppress_tokens',
  'chat_template_kwargs',
] as const satisfies readonly (keyof AgentRequest)[];

function toBranchRequest(
  request: AgentRequest,
  asked: {
    readonly model: string;
    readonly messages: readonly Message[];
    readonly verdict: Verdict<unknown> | undefined;
  },
): AgentRequest {
  const kept = keptFields.filter((name) => request[name] !== undefined);
  return {
    ...Object.fromEntries(kept.map((name) => [name, request[name]])),
    model: asked.model,
    messages: [...asked.messages],
    ...(asked.verdict === undefined ? {} : { response_format: asked.verdict.format }),
  };
}

/** Only what a token limit or a filter has cut off gets here without being in the form that was asked for. */
function assertUsable({ agent, verdict }: BranchTask, text: string): void {
  const fault = verdict?.findFault(text);
  if (verdict === undefined || fault === undefined) return;
  const message = `"${agent.id}" gave no usable ${verdict.what}. ${fault}`;
  throw new CaluteError('invalid_structured_output', message);
}

function createTooLarge({ id }: Agent): CaluteError {
  return new CaluteError(
    'output_too_large',
    `The agent "${id}" gave more than 1 MB as the result of a task.`,
  );
}

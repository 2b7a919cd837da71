import type { Agent } from '../agent/agent.ts';
import { runAgent } from '../loop/run-agent.ts';
import type { Message } from '../request/message.ts';
import type { CompletedEnd } from '../runs/run-end.ts';
import type { RunEvent } from '../runs/run-event.ts';
import { answerKey } from './team-budget.ts';
import type { TeamWork } from './team-work.ts';

export interface AnswerTask {
  /** From `nameBranch`; absent: nobody is told that it begins. */
  readonly branch: string | undefined;
  readonly agent: Agent;
  readonly messages: readonly Message[];
}

/** Runs the agent whose answer is the client's; the run's end has what the whole team has used. */
export async function* runAnswer(
  work: TeamWork,
  { branch, agent, messages }: AnswerTask,
): AsyncGenerator<readonly RunEvent[]> {
  const { run, budget, branches, startedAtMs } = work;
  const { findMember, committed, ...shared } = run;
  budget.beginCall();
  if (branch !== undefined && !branches.has(branch))
    yield [{ type: 'branch-start', branch, agent: agent.id, startedAtMs }];
  const answering = runAgent({
    ...shared,
    agent: budget.limit(agent, answerKey, committed[0]?.steps.length ?? 0),
    request: { ...run.request, messages: [...messages] },
    committed: committed[0]?.steps ?? [],
  });
  for await (const events of answering) {
    // Both stand alone in their arrays, and every token comes by here.
    const [first] = events;
    if (first?.type === 'step-calls') {
      budget.addStep(answerKey, agent.id, first.usage);
      yield [agent.id === run.agent.id ? first : { ...first, agent: first.agent ?? agent.id }];
      budget.beginCall();
    } else if (first?.type === 'run-end') {
      // runAgent throws for any other end
      yield [{ type: 'run-end', end: endTeam(work, agent, first.end as CompletedEnd) }];
    } else {
      yield events;
    }
  }
}

function endTeam({ run, budget, clockMs }: TeamWork, agent: Agent, end: CompletedEnd): CompletedEnd {
  budget.settle(answerKey, agent.id, end.usage);
  const { id } = run.agent;
  const { agent: speaker = agent.id, ...rest } = end;
  return {
    ...rest,
    usage: budget.total(),
    processingMs: Math.round(clockMs() * 1000) / 1000, // because digits beyond are noise
    ...(speaker === id ? {} : { agent: speaker }),
    members: budget.byAgent(),
  };
}

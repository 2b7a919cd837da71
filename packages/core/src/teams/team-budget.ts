import type { Agent } from '../agent/agent.ts';
import { exceeded } from '../loop/limits/assert-may-go-on.ts';
import type { RunUsage } from '../runs/run-end.ts';
import type { RunHistory } from '../runs/run-history.ts';
import { sumUsage } from '../runs/sum-usage.ts';

/** What one agent has used. */
export interface MemberUsage {
  readonly agent: string;
  readonly usage: RunUsage;
}

/** What a team's run has used so far, over all branches and attempts, and how much it may. */
export class TeamBudget {
  readonly #lead: Agent;
  readonly #spent = new Map<string, { agent: string; usage: RunUsage }>();
  /** Of models, those under way included. */
  #calls = 0;

  constructor(lead: Agent, { steps, branches }: RunHistory) {
    this.#lead = lead;
    for (const [name, branch] of branches ?? []) {
      this.#calls += branch.steps.length + (branch.done ? 1 : 0);
      for (const { usage } of branch.steps) this.addStep(name, branch.agent, usage);
      if (branch.done) this.settle(name, branch.agent, branch.done.end.usage);
    }
    this.#calls += steps.length;
    for (const { agent = lead.id, usage } of steps) this.addStep(answerKey, agent, usage);
  }

  /** Counts a model call that is about to begin. Throws CaluteError `run_limit_exceeded` when nothing is left for it. */
  beginCall(): void {
    const { id, limits } = this.#lead;
    const {
      maxSteps,
      maxOutputTokens = Number.POSITIVE_INFINITY,
      maxCostUsd = Number.POSITIVE_INFINITY,
    } = limits;
    const { completionTokens, costUsd = 0 } = this.total();
    const wanted = `The team "${id}" wanted to go on`;
    if (this.#calls >= maxSteps)
      throw exceeded(`${wanted} after ${this.#calls} model calls`, `limits.maxSteps: ${maxSteps}`);
    if (completionTokens >= maxOutputTokens)
      throw exceeded(
        `${wanted} after ${completionTokens} output tokens`,
        `limits.maxOutputTokens: ${maxOutputTokens}`,
      );
    if (costUsd >= maxCostUsd)
      throw exceeded(
        `${wanted} when it had cost ${Number(costUsd.toPrecision(3))} USD`,
        `limits.maxCostUsd: ${maxCostUsd}`,
      );
    this.countCall();
  }

  countCall(): void {
    this.#calls += 1;
  }

  /** Adds a step of a branch; the branch is the agent's that made its first. */
  addStep(branch: string, agent: string, usage: RunUsage): void {
    const known = this.#spent.get(branch);
    this.#spent.set(branch, known ? { ...known, usage: sumUsage([known.usage, usage]) } : { agent, usage });
  }

  /** A branch is complete, and this is the sum of its steps. */
  settle(branch: string, agent: string, usage: RunUsage): void {
    this.#spent.set(branch, { agent, usage });
  }

  /** The agent with what it may still use in this branch, whose next call has begun; what is done side by side may each use all that is left. */
  limit(agent: Agent, branch: string, doneSteps: number): Agent {
    const { maxSteps, maxOutputTokens } = this.#lead.limits;
    const own = agent.limits;
    const others = this.total().completionTokens - (this.#spent.get(branch)?.usage.completionTokens ?? 0);
    const left =
      maxOutputTokens === undefined ? {} : { maxOutputTokens: Math.max(1, maxOutputTokens - others) };
    if (own.maxOutputTokens !== undefined && left.maxOutputTokens !== undefined)
      left.maxOutputTokens = Math.min(own.maxOutputTokens, left.maxOutputTokens);
    // Beside the one that has begun.
    const callsLeft = doneSteps + 1 + maxSteps - this.#calls;
    const { team, ...alone } = agent;
    return { ...alone, limits: { ...own, ...left, maxSteps: Math.min(own.maxSteps, callsLeft) } };
  }

  total(): RunUsage {
    return sumUsage([...this.#spent.values()].map(({ usage }) => usage));
  }

  byAgent(): MemberUsage[] {
    const usages = new Map<string, RunUsage[]>();
    for (const { agent, usage } of this.#spent.values())
      usages.set(agent, [...(usages.get(agent) ?? []), usage]);
    return [...usages].map(([agent, list]) => ({ agent, usage: sumUsage(list) }));
  }
}

/** Whose steps stand in no branch. */
export const answerKey = 'answer';

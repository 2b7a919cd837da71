import type { Agent } from '../../agent/agent.ts';
import { CaluteError } from '../../errors.ts';
import type { RunUsage } from '../../runs/run-end.ts';

/** What a run has used so far, over all attempts. */
export interface Spent {
  readonly steps: number;
  readonly usage: RunUsage;
}

/**
 * Throws `run_limit_exceeded` when a run that wants to go on has used up its model calls or its money. Asked before the
 * tools of a step run: nobody would read their results.
 */
export function assertMayGoOn({ id, limits }: Pick<Agent, 'id' | 'limits'>, { steps, usage }: Spent): void {
  const { maxSteps, maxCostUsd = Number.POSITIVE_INFINITY } = limits;
  if (steps >= maxSteps) {
    const used = `still wanted to call tools after ${steps} model calls`;
    throw exceeded(`The agent "${id}" ${used}`, `limits.maxSteps: ${maxSteps}`);
  }
  const { costUsd = 0 } = usage;
  if (costUsd >= maxCostUsd) {
    const used = `had cost ${Number(costUsd.toPrecision(3))} USD before it was done`;
    throw exceeded(`The run of the agent "${id}" ${used}`, `limits.maxCostUsd: ${maxCostUsd}`);
  }
}

/** Whether the limits leave room for one more call of a model that nothing depends on. */
export function mayAskOnceMore({ limits }: Pick<Agent, 'limits'>, { steps, usage }: Spent): boolean {
  const {
    maxSteps,
    maxOutputTokens = Number.POSITIVE_INFINITY,
    maxCostUsd = Number.POSITIVE_INFINITY,
  } = limits;
  const { completionTokens, costUsd = 0 } = usage;
  return steps < maxSteps && completionTokens < maxOutputTokens && costUsd < maxCostUsd;
}

/** Throws `run_limit_exceeded` when a run that wants to pass from one agent to another has done so too often. */
export function assertMayHandOver({ id, limits }: Pick<Agent, 'id' | 'limits'>, handoffs: number): void {
  const { maxHandoffs } = limits;
  if (handoffs < maxHandoffs) return;
  const used = `was to be passed on once more after ${handoffs} handoffs`;
  throw exceeded(`The conversation with the agent "${id}" ${used}`, `limits.maxHandoffs: ${maxHandoffs}`);
}

/** What a run that has taken too long is aborted with. */
export function durationExceeded({ id }: Pick<Agent, 'id'>, maxDurationMs: number): CaluteError {
  const used = `was not done after ${maxDurationMs} ms`;
  return exceeded(`The run of the agent "${id}" ${used}`, `limits.maxDurationMs: ${maxDurationMs}`);
}

/** Names the limit, and what was used of it. */
export function exceeded(what: string, limit: string): CaluteError {
  const message = `${what} (${limit}). Ask for less in one request, or raise the limit in the agent's file.`;
  return new CaluteError('run_limit_exceeded', message);
}

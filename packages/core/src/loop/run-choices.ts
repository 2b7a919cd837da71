import type { AgentRequest } from '../request/agent-request.ts';
import type { CompletedEnd } from '../runs/run-end.ts';
import type { RunEvent } from '../runs/run-event.ts';
import type { RunHistory } from '../runs/run-history.ts';
import { sumUsage } from '../runs/sum-usage.ts';
import type { AgentRun } from './agent-run.ts';
import { mergeInTurn } from './merge-in-turn.ts';
import { runAgent } from './run-agent.ts';

/** What an agent is run with for a request that may want several choices. */
export interface ChoicesRun extends Omit<AgentRun, 'committed' | 'choice'> {
  /** What an earlier attempt has stored, for each choice. */
  readonly committed: readonly RunHistory[];
}

/**
 * Runs an agent as often as the request asks for choices (`n`), all at once and each with its own model calls and tools;
 * one choice is `runAgent` itself. Of several, the events of all but the first carry their `choice`, those of one choice
 * keep their order, each ends with a `choice-end`, and one `run-end` with the sums follows. What has to be stored before
 * its choice goes on stands alone in its array, as from `runAgent`. A choice whose end is stored is not run again. The
 * first failure of a choice stops the others and is thrown.
 */
export function runChoices({ committed, ...run }: ChoicesRun): AsyncIterable<readonly RunEvent[]> {
  const { n = 1 } = run.request;
  if (n === 1) return runAgent({ ...run, committed: committed[0]?.steps ?? [] });
  return runSeveral({
    ...run,
    committed: Array.from({ length: n }, (_, choice) => committed[choice] ?? blank),
  });
}

const blank: RunHistory = { steps: [], hasLooseEnd: false };

/** Nobody is told: the run ends by what has stopped the choices. */
const stopped = new Error('The run of the other choices is over.');

async function* runSeveral({ committed, ...run }: ChoicesRun): AsyncGenerator<readonly RunEvent[]> {
  const stop = new AbortController();
  const signal = AbortSignal.any([run.signal, stop.signal]);
  const ends = committed.map(({ end }) => end);
  const open = committed.flatMap(({ steps, end }, choice) =>
    end ? [] : [runChoice({ ...run, signal, committed: steps, choice })],
  );
  try {
    for await (const events of mergeInTurn(open)) {
      const last = events.at(-1);
      if (last?.type === 'choice-end') ends[last.choice ?? 0] = last.end;
      yield events;
    }
  } finally {
    stop.abort(stopped);
  }
  yield [{ type: 'run-end', end: ends.filter((end) => end !== undefined).reduce(addEnds) }];
}

async function* runChoice(run: AgentRun & { choice: number }): AsyncGenerator<readonly RunEvent[]> {
  const { choice, request } = run;
  const label = choice === 0 ? {} : { choice };
  for await (const events of runAgent({ ...run, request: shiftSeed(request, choice) })) {
    yield events.map((event): RunEvent => {
      if (event.type !== 'run-end') return { ...event, ...label };
      return event.end.reason === 'completed' ? { type: 'choice-end', end: event.end, ...label } : event;
    });
  }
}

/** The sum of the tokens, the time of the slower one, and else what the first says. */
function addEnds(first: CompletedEnd, other: CompletedEnd): CompletedEnd {
  return {
    ...first,
    usage: sumUsage([first.usage, other.usage]),
    processingMs: Math.max(first.processingMs, other.processingMs),
  };
}

/** The same seed would say the same in each choice. */
function shiftSeed(request: AgentRequest, choice: number): AgentRequest {
  return request.seed === undefined ? request : { ...request, seed: request.seed + choice };
}

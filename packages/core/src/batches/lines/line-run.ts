import { chooseEncoding } from '../../completions/choose-encoding.ts';
import type { Gatherer, RunEncoding } from '../../completions/run-encoding.ts';
import type { RunId } from '../../ids.ts';
import type { Following } from '../../run-store/read/follower.ts';
import type { RunReader } from '../../run-store/run-log.ts';
import type { RunEnd } from '../../runs/run-end.ts';
import { startsTools } from '../../runs/run-event.ts';

/** What every reader of a run encodes it with; undefined when there is no such run. */
export async function findRun(
  { log }: { readonly log: Pick<RunReader, 'read'> },
  runId: RunId,
): Promise<RunEncoding<object> | undefined> {
  const read = await log.read(runId, { afterSeq: 0, limit: 1, withHeader: true });
  return read.outcome === 'found' && read.header ? chooseEncoding(runId, read.header) : undefined;
}

export interface GatheredRun {
  readonly end: RunEnd;
  readonly gatherer: Gatherer<object>;
  /** Whether tools of the agent may have started. */
  readonly startedTools: boolean;
}

/** The end of a run and what it said before; undefined when the signal aborts first. */
export async function gatherRun(
  encoding: RunEncoding<object>,
  events: Following,
): Promise<GatheredRun | undefined> {
  const gatherer = encoding.createGatherer();
  let startedTools = false;
  for await (const frame of events) {
    for (const event of frame) {
      if (event.type === 'run-end') return { end: event.end, gatherer, startedTools };
      startedTools ||= startsTools(event);
      gatherer.add(event);
    }
  }
  return undefined;
}

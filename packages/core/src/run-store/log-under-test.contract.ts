import type fc from 'fast-check';
import { createRunId, type RunId } from '../ids.ts';
import type { Leases } from './lease/leases.ts';
import type { NewRun, RunLog, RunReader } from './run-log.ts';
import type { RunLogModel as Model } from './run-log-model.ts';

/** What the checks need of a backend: the log, the leases, and every message that came on a channel so far. */
export interface LogUnderTest {
  readonly log: RunLog & RunReader;
  readonly leases: Pick<Leases, 'claim' | 'handBack'>;
  readonly channel: string;
  /** The control channel of a worker. */
  controlOf(worker: string): string;
  /** The messages that were published on `channel` before this call. */
  received(): Promise<string[]>;
}

export interface Real extends LogUnderTest {
  readonly run: NewRun;
  readonly runId: RunId;
  counter: number;
}

export type Command = fc.AsyncCommand<Model, Real>;

/** A command that needs an attempt is left out while there is none; after each the backend must be as the model is. */
export function command(
  name: string,
  run: (model: Model, real: Real) => Promise<void>,
  needsAttempt = false,
): Command {
  return {
    check: (model) => !needsAttempt || model.attempts.length > 0,
    toString: () => name,
    async run(model, real) {
      await run(model, real);
      await assertSame(model, real);
    },
  };
}

async function assertSame(model: Model, real: Real): Promise<void> {
  const { log, runId, received } = real;
  const page = await log.read(runId, { afterSeq: 0, limit: 1000 });
  const stored = page.outcome === 'found' ? page.frames.map((frame) => frame.payload) : [];
  equal(stored.join('\n'), model.frames.join('\n'), 'log');
  const lines = (await received())
    .flatMap((message) => message.split('\n'))
    .filter((line) => line.startsWith(runId));
  equal(
    lines.join('\n'),
    model.frames.map((payload, index) => `${runId} ${index + 1} ${payload}`).join('\n'),
    'published',
  );
  await assertSameKey(model, real);
}

/** Before the end there is nothing that could have freed it. */
async function assertSameKey(model: Model, { log, run }: Real): Promise<void> {
  if (model.end === undefined) return;
  const again = { ...run, id: createRunId(Date.now()) };
  const accepted = await log.accept(again);
  equal(
    accepted.outcome,
    model.keyOwner === undefined ? 'accepted' : 'duplicate',
    'accept with the same key',
  );
  if (accepted.outcome === 'duplicate') equal(accepted.runId, model.keyOwner, 'owner of the key');
  model.keyOwner ??= again.id;
}

export function at<Item>(items: readonly Item[], index: number): Item {
  const item = items[index % items.length];
  if (item === undefined) throw new Error('no attempt');
  return item;
}

/** Throws when they differ. */
export function equal(actual: unknown, expected: unknown, what: string): void {
  if (actual !== expected) throw new Error(`${what}: expected ${String(expected)}, got ${String(actual)}`);
}

import fc from 'fast-check';
import { newRun } from '../../../../tests/support/new-run.ts';
import { createRunId } from '../ids.ts';
import { at, command, equal, type LogUnderTest, type Real } from './log-under-test.contract.ts';
import type { AppendFrame, FrameEnd, RunLog } from './run-log.ts';
import {
  appendModel,
  createModel,
  endModel,
  type RunLogModel as Model,
  type ModelAttempt,
  remember,
} from './run-log-model.ts';

type OutsideEnd = Parameters<RunLog['end']>[1];

/** Throws with a minimal counterexample when the backend breaks a law of `RunLog` under some sequence of commands. */
export async function verifyRunLogModel(
  open: () => Promise<LogUnderTest>,
  parameters: fc.Parameters<unknown>,
): Promise<void> {
  const pick = fc.nat({ max: 5 });
  const commands = fc.commands(
    [
      fc.constantFrom(...holders).map(claim),
      fc.record({ back: fc.integer({ min: 1, max: 3 }), holder: fc.constantFrom(...holders) }).map(claimLate),
      pick.map(handBack),
      fc.record({ attempt: pick, end: fc.nat({ max: 9 }).map((n) => ends[n]) }).map(appendNext),
      fc.record({ attempt: pick, back: pick }).map(resend),
      fc.record({ attempt: pick, ahead: fc.integer({ min: 2, max: 4 }) }).map(appendGap),
      fc.record({ first: pick, second: pick }).map(appendBatch),
      fc.constantFrom(...outsideEnds).map(endFromOutside),
      fc.nat({ max: 9 }).map(readAfter),
      fc.constant(head()),
    ],
    { maxCommands: 60, size: '+1' },
  );
  const property = fc.asyncProperty(commands, async (sequence) => {
    const backend = await open();
    await fc.asyncModelRun(() => start(backend), sequence);
  });
  await fc.assert(property, { interruptAfterTimeLimit: 60_000, ...parameters });
}

async function start(backend: LogUnderTest) {
  const run = newRun(backend.channel);
  const keyed = { ...run, idempotency: { key: run.id, bodyHash: 'same' } };
  equal((await backend.log.accept(keyed)).outcome, 'accepted', 'accept');
  return { model: createModel(run.id), real: { ...backend, run: keyed, runId: run.id, counter: 0 } };
}

const ends: readonly FrameEnd[] = [
  { reason: 'completed', tokens: 1, mayRetry: false },
  { reason: 'failed', tokens: 0, mayRetry: true },
];
const outsideEnds: readonly OutsideEnd[] = [
  { reason: 'cancelled', by: 'client' },
  { reason: 'failed', code: 'worker_lost', message: 'lost' },
];

const holders = ['worker-1', 'worker-2'];

const claim = (channel: string) =>
  command(`claim by ${channel}`, async (model, { leases, runId, controlOf }) => {
    const outcome = await leases.claim(runId, { epoch: model.epoch, channel: controlOf(channel) });
    if (model.end !== undefined) return equal(outcome.outcome, 'ended', 'claim after the end');
    if (outcome.outcome !== 'claimed') throw new Error(`claim of a live run gave ${outcome.outcome}`);
    model.epoch += 1;
    equal(outcome.epoch, model.epoch, 'claimed epoch');
    equal(outcome.seq, model.frames.length, 'claimed seq');
    equal(
      outcome.visible,
      model.frames.some((payload) => payload.startsWith('visible')),
      'claimed visible',
    );
    model.holder = channel;
    model.attempts.push({ epoch: outcome.epoch, sent: [], base: outcome.seq });
  });

/** The job of an earlier offer; only its claim that is sent again gets the run. */
const claimLate = ({ back, holder }: { back: number; holder: string }) =>
  command(`claim by ${holder}, ${back} offers late`, async (model, { leases, runId, controlOf }) => {
    const offered = { epoch: model.epoch - back, channel: controlOf(holder) };
    const outcome = await leases.claim(runId, offered);
    if (model.end !== undefined) return equal(outcome.outcome, 'ended', 'late claim after the end');
    if (back > 1 || model.holder !== holder) return equal(outcome.outcome, 'stale', 'late claim');
    if (outcome.outcome !== 'claimed') throw new Error(`a claim that was sent again gave ${outcome.outcome}`);
    equal(outcome.epoch, model.epoch, 'epoch of a claim that was sent again');
  });

const handBack = (attempt: number) =>
  command(
    `hand back(attempt ${attempt})`,
    async (model, { leases, runId }) => {
      const { epoch } = at(model.attempts, attempt);
      const mayGive = epoch === model.epoch && model.end === undefined;
      equal(await leases.handBack({ runId, epoch }, 0), mayGive, 'hand back');
      if (mayGive) model.holder = undefined;
    },
    true,
  );

const kinds = ['visible', 'hidden', 'tools', 'hidden'] as const;

const appendNext = ({ attempt, end }: { attempt: number; end: FrameEnd | undefined }) =>
  command(
    `append(attempt ${attempt}${end ? `, ${end.reason}` : ''})`,
    async (model, real) => {
      const writer = at(model.attempts, attempt);
      const payload = `${at(kinds, real.counter)}-${writer.epoch}-${real.counter++}`;
      await send(model, real, { writer, seq: writer.base + writer.sent.length + 1, payload, end });
    },
    true,
  );

const resend = ({ attempt, back }: { attempt: number; back: number }) =>
  command(
    `resend(attempt ${attempt}, ${back} back)`,
    async (model, real) => {
      const writer = at(model.attempts, attempt);
      const index = writer.sent.length - 1 - (back % Math.max(1, writer.sent.length));
      const payload = writer.sent[index];
      if (payload === undefined) return;
      await send(model, real, { writer, seq: writer.base + index + 1, payload });
    },
    true,
  );

const appendGap = ({ attempt, ahead }: { attempt: number; ahead: number }) =>
  command(
    `gap(attempt ${attempt}, ${ahead} ahead)`,
    async (model, real) => {
      const writer = at(model.attempts, attempt);
      await send(model, real, { writer, seq: model.frames.length + ahead, payload: 'gap' });
    },
    true,
  );

const appendBatch = ({ first, second }: { first: number; second: number }) =>
  command(
    `batch(${first}, ${second})`,
    async (model, real) => {
      const frames = [first, second].map((attempt) => {
        const { epoch } = at(model.attempts, attempt);
        return { epoch, payload: `hidden-batch-${real.counter++}` };
      });
      const base = model.frames.length;
      const { runId } = real;
      const sent = frames.map((frame) => ({ ...frame, runId, seq: base + 1, visible: false }));
      const outcomes = await real.log.append(sent);
      // Both claim the same place, so the first that is not fenced takes it; its twin is told the same as a resend.
      const expected = frames.map(({ epoch, payload }) =>
        appendModel(model, { epoch, seq: base + 1, payload }),
      );
      equal(outcomes.join(), expected.join(), 'batch');
      frames.forEach(({ payload }, index) => {
        const writer = at(model.attempts, index === 0 ? first : second);
        if (model.frames[base] === payload && expected[index] === 'stored') remember(writer, base, payload);
      });
    },
    true,
  );

const endFromOutside = (end: OutsideEnd) =>
  command(`end(${end.reason})`, async (model, { log, runId }) => {
    const outcome = await log.end(runId, end);
    if (model.end !== undefined)
      return equal(outcome, model.end === end.reason ? 'ended' : 'already-ended', 'second end');
    equal(outcome, 'ended', 'end');
    endModel(model, { reason: end.reason, mayRetry: end.reason === 'failed' });
    model.epoch += 1;
    model.frames.push(JSON.stringify([{ type: 'run-end', end }]));
  });

const readAfter = (afterSeq: number) =>
  command(`read(${afterSeq})`, async (model, { log, runId }) => {
    const page = await log.read(runId, { afterSeq, limit: 3 });
    if (page.outcome !== 'found') throw new Error('the run is unknown');
    const next = model.frames.slice(afterSeq, afterSeq + 3);
    const expected = next.map((payload, index) => `${afterSeq + index + 1}:${payload}`);
    equal(page.frames.map(({ seq, payload }) => `${seq}:${payload}`).join(), expected.join(), 'page');
    equal(page.more, model.frames.length > afterSeq + 3, 'more');
    equal(page.ended, model.end !== undefined, 'ended');
  });

const head = () =>
  command('head', async (model, { log, runId }) => {
    const [known, none] = await log.heads([runId, createRunId(Date.now())]);
    equal(known?.seq, model.frames.length, 'head seq');
    equal(known?.ended, model.end !== undefined, 'head ended');
    equal(none, undefined, 'head of no run');
  });

interface Sent {
  readonly writer: ModelAttempt;
  readonly seq: number;
  readonly payload: string;
  readonly end?: FrameEnd | undefined;
}

async function send(model: Model, { log, runId }: Real, { writer, seq, payload, end }: Sent): Promise<void> {
  const { epoch } = writer;
  const visible = payload.startsWith('visible');
  const startsTools = payload.startsWith('tools');
  const frame: AppendFrame = { runId, epoch, seq, payload, visible, startsTools, ...(end ? { end } : {}) };
  const [outcome] = await log.append([frame]);
  equal(outcome, appendModel(model, { epoch, seq, payload, end }), `append of ${seq} under epoch ${epoch}`);
  if (outcome === 'stored') remember(writer, seq - 1, payload);
}

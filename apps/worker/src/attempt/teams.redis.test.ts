import { defineAgent } from '@calute/core/agent/define-agent';
import { defineTeam } from '@calute/core/agent/define-team';
import type { ModelEvent, ModelProvider } from '@calute/core/models/model-provider';
import { encodeEvents } from '@calute/core/runs/frame-payload';
import { isCommit, isVisible, type RunEvent, startsTools } from '@calute/core/runs/run-event';
import { runTeam } from '@calute/core/teams/run-team';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { end, openWorker, type Script, usage } from '../testing/open-worker.ts';

const done: ModelEvent = { type: 'model-end', finishReason: 'stop', usage };

/** Pays what its task says, then says so; the writer only writes. */
const provider: ModelProvider = {
  accepts: new Set(),
  async *stream({ messages, tools }) {
    const last = messages.at(-1);
    if (last?.role === 'tool' || tools.length === 0)
      return yield [{ type: 'text-delta', text: 'Done.' }, done];
    yield [
      { type: 'tool-call', index: 0, id: 'call_1', name: 'pay' },
      { type: 'tool-call-delta', index: 0, arguments: '{}' },
      { ...done, finishReason: 'tool_calls' },
    ];
  },
};

async function openTeam({ passOnTimes = 0, without = '' } = {}) {
  const paid: string[] = [];
  const pay = {
    description: 'Pays',
    parameters: z.object({}),
    execute: (_: object, { callId }: { callId: string }) => {
      paid.push(callId);
      return 'paid';
    },
    idempotent: true,
  };
  const tasks = [
    { id: 'rent', description: 'Pay the rent', member: 'payer' },
    { id: 'power', description: 'Pay the power', member: 'teller' },
    { id: 'letter', description: 'Write', member: 'writer', dependsOn: ['rent', 'power'] },
  ];
  const members = ['payer', 'teller', 'writer'];
  const agents = [
    ...['payer', 'teller'].map((id) => defineAgent({ id, model: 'test:payer', tools: { pay } })),
    defineAgent({ id: 'writer', model: 'test:writer' }),
    defineTeam({ id: 'team', model: 'test:lead', members, process: 'parallel', tasks }),
  ].filter(({ id }) => id !== without);
  const script: Script = async function* ({ chat, runId, tenant, ...input }) {
    const context = { runId, tenant, metadata: {}, user: undefined, now: new Date(0) };
    for await (const events of runTeam({ ...input, request: chat, resolveModel: () => provider, context }))
      yield* events;
  };
  const worker = await openWorker(script, { agents, passOnTimes });
  return { ...worker, accept: (stream: boolean) => worker.accept({ model: 'team', stream }), paid };
}

/** What an undisturbed run writes, event by event. */
async function runUndisturbed() {
  const worker = await openTeam();
  const runId = await worker.accept(true);
  await worker.handle(runId);
  const whole = await worker.events(runId);
  return { whole, commits: whole.filter(isCommit) };
}

/** Start, step, result and end of two tasks, and the start of the third. */
const commitCounts = Array.from({ length: 9 }, (_, count) => count + 1);

describe('a team whose worker dies', () => {
  it.each(commitCounts)(
    'after %i commits goes on with what is not done, and pays each once',
    async (count) => {
      const { whole, commits } = await runUndisturbed();
      const worker = await openTeam();
      const runId = await worker.accept(true);
      await worker.takeElsewhere(runId);
      const frames = commits.slice(0, count).map((event, index) => ({
        runId,
        epoch: 1,
        seq: index + 1,
        visible: false,
        ...(startsTools(event) ? { startsTools: true } : {}),
        payload: encodeEvents([event]),
      }));
      await worker.log.append(frames);
      await worker.handle(runId, 1);
      const events = await worker.events(runId);
      expect(labels(events)).toEqual(labels(whole));
      expect(events.at(-1)).toMatchObject({ end: { reason: 'completed', usage: { completionTokens: 5 } } });
      const stored = labels(commits.slice(0, count));
      const open = ['rent', 'power'].filter((task) => !stored.includes(`tool-result task:${task}`));
      expect(worker.paid.toSorted()).toEqual(open.map((task) => `call_1.task:${task}`).toSorted());
    },
  );

  it('in the middle of its answer has nothing said twice', async () => {
    const { whole } = await runUndisturbed();
    const worker = await openTeam();
    const runId = await worker.accept(true);
    await worker.takeElsewhere(runId);
    const upTo = whole.slice(0, whole.findIndex(isVisible) + 1);
    await worker.log.append([{ runId, epoch: 1, seq: 1, visible: true, payload: encodeEvents(upTo) }]);
    await worker.handle(runId, 1);
    expect((await worker.events(runId)).at(-1)).toMatchObject({ end: { code: 'worker_lost' } });
    expect(worker.paid).toEqual([]);
  });

  it('leaves it to others for a while where a member is missing that has not done its part', async () => {
    const { commits } = await runUndisturbed();
    const worker = await openTeam({ without: 'payer', passOnTimes: 2 });
    const started = commits.slice(0, 1);
    const runId = await worker.accept(true);
    await worker.takeElsewhere(runId);
    await worker.log.append([{ runId, epoch: 1, seq: 1, visible: false, payload: encodeEvents(started) }]);
    expect(await worker.handle(runId, 1)).toMatchObject({ outcome: 'again', afterMs: 500 });
  });
});

it('gives one whole answer what it streams', async () => {
  const { whole } = await runUndisturbed();
  const worker = await openTeam();
  const runId = await worker.accept(false);
  await worker.handle(runId);
  expect(labels(await worker.events(runId))).toEqual(labels(whole));
});

it('tells what a team has used that fails', async () => {
  const worker = await openTeam({ without: 'writer' });
  const runId = await worker.accept(true);
  await worker.handle(runId);
  expect((await worker.events(runId)).at(-1)).toMatchObject({
    end: { code: 'agent_unavailable', usage: { completionTokens: 4 } },
  });
});

/** Branches run side by side, so only each one's order is told. */
function labels(events: readonly RunEvent[]): string[] {
  return events.map((event) => ('branch' in event ? `${event.type} ${event.branch}` : event.type)).toSorted();
}

it.each([
  [true, 0.5, undefined],
  [undefined, undefined, undefined],
])(
  'takes sampling values for the answer alone, and only where the team does: %s',
  async (allowOverrides, expected, others) => {
    const seen: unknown[] = [];
    const agents = [
      defineAgent({ id: 'a', model: 'test:a', allowOverrides: true }),
      defineAgent({ id: 'b', model: 'test:b', sampling: {} }),
      defineTeam({
        id: 'team',
        model: 'test:lead',
        members: ['a', 'b'],
        process: 'consensus',
        ...(allowOverrides === undefined ? {} : { allowOverrides }),
      }),
    ];
    const script: Script = async function* ({ agent, findAgent, findMember }) {
      seen.push(
        agent.sampling.temperature,
        findAgent('a')?.sampling.temperature,
        findMember('a')?.sampling.temperature,
      );
      yield end;
    };
    const worker = await openWorker(script, { agents });
    await worker.handle(await worker.accept({ model: 'team', temperature: 0.5 }));
    expect(seen).toEqual([expected, expected, others]);
  },
);

import { encodeEvents } from '@calute/core/runs/frame-payload';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { serveConsole } from '../testing/serve-console.ts';

const prompt = { messages: [{ role: 'user', content: 'a private question' }] };

/** A run that a worker has taken, and that has said something. */
async function openRunning() {
  const opened = await serveConsole();
  const { runs, leases, accept } = opened;
  await leases.renew({ channel: 'control', room: 10 }, []);
  const id = await accept(prompt);
  await leases.claim(id, { epoch: 0, channel: runs.keys.controlChannel('w1') });
  const write = (seq: number, events: Parameters<typeof encodeEvents>[0]) =>
    runs.log.append([{ runId: id, epoch: 1, seq, visible: true, payload: encodeEvents(events) }]);
  await write(1, [{ type: 'text-delta', text: 'a private ans' }]);
  return { ...opened, id, write };
}

describe('runs', () => {
  it('are listed with the newest first, by filter and page', async () => {
    const { accept, view, runs } = await serveConsole();
    const ids = [await accept(), await accept({ model: 'poet' }), await accept()];
    await runs.journal.close();
    const all = await view('runs');
    expect(all).toMatchObject({ total: 3, matching: 3, agents: ['echo', 'poet'], tenants: ['local'] });
    expect(all['rows']).toMatchObject(ids.toReversed().map((id) => ({ id })));
    expect((await view('runs?agent=poet'))['rows']).toMatchObject([
      { id: ids[1], agent: 'poet', phase: 'offered' },
    ]);
    expect((await view('runs?limit=2'))['next']).toBe(ids[1]);
    expect((await view(`runs?after=${ids[1]}`))['rows']).toMatchObject([{ id: ids[0] }]);
    expect((await view(`runs?id=${ids[0]?.slice(-8)}&end=&tenant=`))['rows']).toMatchObject([{ id: ids[0] }]);
    expect(await view('runs?tenant=nobody')).toMatchObject({ matching: 0, rows: [], total: 3 });
  });

  it('that wait and that are over are told apart', async () => {
    const { accept, view, runs } = await serveConsole();
    const first = await accept();
    await accept();
    // The slot of the one that is over goes to the next that waits, and the last one waits on.
    await accept();
    await accept();
    await runs.log.end(first, { reason: 'cancelled', by: 'client' });
    await runs.journal.close();
    const rows = [
      { phase: 'waiting' },
      { phase: 'offered' },
      { phase: 'offered' },
      { phase: 'ended', end: 'cancelled', detail: 'client' },
    ];
    await expect.poll(async () => (await view('runs'))['rows']).toMatchObject(rows);
    expect(await view('runs?end=open')).toMatchObject({ matching: 3 });
    expect(await view('runs?end=client')).toMatchObject({ matching: 1 });
  });

  it('whose end the journal has missed are seen to be over', async () => {
    const { accept, view, runs } = await serveConsole();
    const id = await accept();
    await runs.journal.close();
    await runs.log.end(id, { reason: 'failed', code: 'worker_lost', message: '' });
    expect((await view('runs'))['rows']).toMatchObject([{ phase: 'ended', end: 'failed' }]);
    await runs.redis.del(runs.keys.run(id));
    expect(await view('runs?end=open')).toMatchObject({ matching: 0 });
  });

  it('that the journal does not hold are found by their whole id', async () => {
    const { accept, view, runs } = await serveConsole();
    const id = await accept();
    await runs.journal.close();
    await runs.redis.del(runs.keys.journal);
    expect(await view('runs')).toMatchObject({ total: 0, rows: [] });
    expect((await view(`runs?id=${id}`))['rows']).toMatchObject([{ id, tenant: 'local', phase: 'offered' }]);
  });

  it.each(['limit=1000', 'age=yesterday', 'limit=0'])('are refused with %s', async (query) => {
    const { ask } = await serveConsole();
    expect((await ask(`views/runs?${query}`)).status).toBe(400);
  });
});

describe('a run', () => {
  it('is shown with its worker, its events and what was said', async () => {
    const { view, id, write } = await openRunning();
    await write(2, [
      {
        type: 'step-calls',
        text: '',
        calls: [{ id: 'c1', name: 'search', arguments: '{"q":"private"}' }],
        usage: { promptTokens: 3, completionTokens: 4, cachedTokens: 0, reasoningTokens: 0 },
      },
    ]);
    await write(3, [
      { type: 'tool-result', index: 0, content: 'private result', durationMs: 12 },
      { type: 'text-delta', text: 'wer' },
    ]);
    const shown = await view(`run?id=${id}`);
    expect(shown).toMatchObject({
      phase: 'running',
      agent: 'echo',
      attempts: [{ attempt: 1, worker: 'w1' }],
      messages: [{ role: 'user', text: 'a private question' }],
      content: { answer: 'a private answer' },
      items: [
        { kind: 'text', characters: 13 },
        { kind: 'step', calls: [{ name: 'search', done: true, duration_ms: 12, result: 'private result' }] },
        { kind: 'text', characters: 3 },
      ],
    });
  });

  it('shows nothing of what was said to a key without the scope content', async () => {
    const { view, id, write, runs, createKey } = await openRunning();
    await write(2, [
      {
        type: 'step-calls',
        text: 'private',
        calls: [{ id: 'c', name: 'search', arguments: 'private' }],
        usage: { promptTokens: 0, completionTokens: 0, cachedTokens: 0, reasoningTokens: 0 },
      },
    ]);
    const usage = { promptTokens: 0, completionTokens: 0, cachedTokens: 0, reasoningTokens: 0 };
    const end = { reason: 'completed', finishReason: 'stop', usage, processingMs: 1 } as const;
    await write(3, [
      { type: 'branch-start', branch: 'plan', agent: 'lead', startedAtMs: 0 },
      { type: 'branch-end', branch: 'plan', agent: 'lead', text: 'a private plan', end },
    ]);
    await runs.log.end(id, { reason: 'failed', code: 'agent_failed', message: 'a private reason' });
    const { secret } = await createKey('admin', 'infer');
    const headers = { authorization: `Bearer ${secret}` };
    for (const path of [`run?id=${id}`, 'runs', 'dead-letters', 'overview', 'usage', 'backlog', 'workers']) {
      expect(JSON.stringify(await view(path, headers)), path).not.toContain('private');
    }
    expect(await view(`run?id=${id}`, headers)).toMatchObject({
      phase: 'ended',
      items: [{}, {}, { branch: 'plan', done: true }, { detail: 'agent_failed' }],
    });
  });

  it('that waits is shown with its place', async () => {
    const { accept, view } = await serveConsole();
    const ids = [await accept(), await accept(), await accept(), await accept()];
    expect(await view(`run?id=${ids[3]}`)).toMatchObject({ phase: 'waiting', position: 1 });
  });

  it('is not kept alive by being looked at', async () => {
    const { view, id, runs } = await openRunning();
    await view(`run?id=${id}`);
    expect(await runs.redis.hget(runs.keys.run(id), 'channels')).toBe('');
  });

  it('that is not known is a 404', async () => {
    const { ask } = await serveConsole();
    expect((await ask('views/run?id=chatcmpl-x')).status).toBe(404);
    expect((await ask('views/run?id=x')).status).toBe(400);
    expect((await ask('views/nothing')).status).toBe(404);
  });
});

describe('changes', () => {
  it('cancel a run of any tenant, once', async () => {
    const { accept, change } = await serveConsole();
    const id = await accept();
    expect(await (await change('POST', `runs/${id}/cancel`)).json()).toEqual({ id, status: 'cancelled' });
    const first = await change('POST', `runs/${id}/cancel`);
    expect(first.status).toBe(200);
  });

  it('send a request again as a new run of its tenant', async () => {
    const { accept, change, view } = await serveConsole();
    const id = await accept(prompt);
    const made = z.object({ id: z.string() }).parse(await (await change('POST', `runs/${id}/again`)).json());
    expect(made.id).not.toBe(id);
    expect(await view(`run?id=${made.id}`)).toMatchObject({
      tenant: 'local',
      messages: [{ text: 'a private question' }],
    });
  });
});

describe('the whole', () => {
  it('is shown on the overview, while there is nothing as well', async () => {
    const { view, accept, runs, faults } = await serveConsole();
    expect(await view('overview')).toMatchObject({ ends: [], workers: { live: 0, slots: 0 }, providers: [] });
    const id = await accept();
    await runs.log.end(id, { reason: 'cancelled', by: 'client' });
    await runs.journal.close();
    expect(await view('overview')).toMatchObject({
      ends: [{ reason: 'cancelled', detail: 'client', runs: 1 }],
    });
    expect(faults).toEqual([]);
  });
});

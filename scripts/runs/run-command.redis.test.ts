import { expect, it } from 'vitest';
import { createRedisRunCatalogue } from '../../packages/core/src/run-store/catalogue/redis-run-catalogue.ts';
import { encodeEvents } from '../../packages/core/src/runs/frame-payload.ts';
import { newRun } from '../../tests/support/new-run.ts';
import { openTestRunStore } from '../../tests/support/test-run-store.ts';
import { parseArguments } from './parse-arguments.ts';
import { runCommand } from './run-command.ts';

function open() {
  const store = openTestRunStore();
  const removed: string[] = [];
  const parts = {
    ...store,
    catalogue: createRedisRunCatalogue(store.redis, store.keys),
    queue: { remove: async (runId: string) => void removed.push(runId) },
  };
  const run = (...args: readonly string[]) => {
    const parsed = parseArguments(args);
    if (parsed.outcome !== 'valid') throw new Error(`Not valid: ${args.join(' ')}`);
    return runCommand(parsed.command, parts);
  };
  return { ...store, removed, run };
}

it('lists runs, the newest first, with how they ended, and pages', async () => {
  const { log, claim, makeRoom, run, keys, redis } = open();
  await makeRoom(5);
  const [one, two] = [newRun('reply'), newRun('reply')];
  await log.accept(one);
  await log.accept(two);
  await redis.zadd(keys.listedRuns, 1, one.id, 2, two.id);
  const claimed = await claim(one.id);
  const usage = { promptTokens: 3, completionTokens: 4, cachedTokens: 0, reasoningTokens: 0 };
  const end = { reason: 'completed' as const, finishReason: 'stop' as const, usage, processingMs: 1 };
  await log.append([
    {
      runId: one.id,
      epoch: claimed.outcome === 'claimed' ? claimed.epoch : 0,
      seq: 1,
      visible: true,
      payload: encodeEvents([{ type: 'run-end', end }]),
      end: { reason: 'completed', tokens: 7, mayRetry: false },
    },
  ]);
  const listed = (await run('list')).output.split('\n');
  expect(listed[1]).toMatch(new RegExp(`^${two.id} .* local +echo +waiting +- +-$`));
  expect(listed[2]).toMatch(new RegExp(`^${one.id} .* local +echo +completed +7 +-$`));
  expect((await run('list', '--limit', '1')).messages).toEqual([`There are more: --after ${two.id}`]);
  expect((await run('list', '--agent', 'nobody')).messages).toEqual(['There are no such runs.']);
  expect(JSON.parse((await run('show', one.id)).output)).toMatchObject({ state: 'ended', end: { usage } });
});

it('cancels a run once, and knows no other', async () => {
  const { log, run, removed } = open();
  const one = newRun('reply');
  await log.accept(one);
  expect(await run('cancel', one.id)).toMatchObject({ output: one.id, exitCode: 0 });
  expect(removed).toEqual([one.id]);
  expect(JSON.parse((await run('show', one.id)).output)).toMatchObject({
    end: { reason: 'cancelled', by: 'client' },
  });
  for (const command of ['show', 'cancel']) {
    expect(await run(command, 'chatcmpl-none')).toMatchObject({ exitCode: 1 });
  }
});

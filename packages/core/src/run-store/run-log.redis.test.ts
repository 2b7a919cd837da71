import { expect, it } from 'vitest';
import { connectTestRedis, randomPrefix } from '../../../../tests/support/test-redis.ts';
import { createKeys } from '../redis/keys.ts';
import type { LogUnderTest } from './log-under-test.contract.ts';
import { type RunLogScript, readSources } from './scripts.ts';
import { createRedisRunLog } from './redis-run-log.ts';
import { verifyRunLogModel } from './run-log.contract.ts';

async function createBackend(sources = readSources()): Promise<() => Promise<LogUnderTest>> {
  const redis = connectTestRedis();
  const subscriber = connectTestRedis();
  const keys = createKeys(randomPrefix());
  const channel = keys.replyChannel('test');
  const log = createRedisRunLog({ redis, keys, retentionMs: 60_000, sources });
  const messages: string[] = [];
  const waiters = new Map<string, () => void>();
  subscriber.on('message', (_, message: string) => {
    messages.push(message);
    waiters.get(message)?.();
  });
  await subscriber.subscribe(channel);
  let mark = 0;
  /** A message that is sent last is received last. */
  const received = async () => {
    const sentinel = `mark ${mark++}`;
    const arrived = new Promise<void>((resolve) => waiters.set(sentinel, resolve));
    await redis.publish(channel, sentinel);
    await arrived;
    return [...messages];
  };
  return async () => {
    messages.length = 0;
    return { log, channel, received };
  };
}

it('keeps the laws of the run log under any sequence of claims, appends, resends, zombies and ends', {
  timeout: 60_000,
}, async () => {
  await verifyRunLogModel(await createBackend(), { numRuns: 300 });
});

/** Each takes one guarantee out of a script; a suite that lets one through does not check that guarantee. */
const mutants: Record<string, [RunLogScript, string, string]> = {
  'without the fence': [
    'append',
    "if record[1] ~= epoch then return record[3] and 'ended' or 'fenced' end",
    '',
  ],
  'without the resend check': ['append', "if tonumber(seq) <= stored then return 'stored' end", ''],
  'with writes after the end': ['append', "if record[3] then return 'ended' end", ''],
  'with gaps': ['append', "if tonumber(seq) ~= stored + 1 then return 'gap' end", ''],
  'that publishes nothing': ['append', 'announce(record[4], id, seq, payload)', ''],
  'that publishes twice': [
    'append',
    'announce(record[4], id, seq, payload)',
    'announce(record[4] .. " " .. record[4], id, seq, payload)',
  ],
  'that publishes without storing': ['append', "redis.call('XADD', log, seq .. '-0', 'p', payload)", ''],
  'that forgets what was visible': ['append', "'visible', '1'", "'shown', '1'"],
  'that frees the key though a tool may have started': ['append', ' and not extra[4]', ''],
  'that frees the key at an end from outside though a tool may have started': [
    'end',
    ' and not extra[4]',
    '',
  ],
  'that does not free the key': ['append', "if again == '1'", "if again == 'never'"],
  'that does not end': ['append', "if reason ~= '' then", 'if false then'],
  'whose claim keeps the epoch': ['claim', "'epoch', epoch, 'control'", "'control'"],
  'whose claim revives an ended run': ['claim', "if record[3] then return { 'ended' } end", ''],
  'that ends twice': [
    'end',
    "if record[3] then return record[3] == reason and 'ended' or 'already-ended' end",
    '',
  ],
  'whose end does not fence': ['end', "'epoch', record[1] + 1", "'epoch', record[1]"],
  'whose claim hides that it is provisional': ['claim', "record[10] or ''", "''"],
  'that does not ask who listens': ['confirmed', "announce(record[2], ARGV[1], 0, '')", ''],
  'that lets tools start at once': ['confirmed', 'return 0', 'return 1'],
  'that is not confirmed by a reader': [
    'read',
    "if record[4] then redis.call('HDEL', run, 'provisional') end",
    '',
  ],
  'that confirms nothing': ['confirm', "'provisional'", "'confirmed'"],
  'whose heads hide the end': ['heads', 'record[2] and 1 or 0', '0'],
  'that reads one frame too few': ['read', "(ARGV[1] + 1) .. '-0'", "(ARGV[1] + 2) .. '-0'"],
};

it.each(Object.entries(mutants))(
  'rejects a log %s',
  { timeout: 60_000 },
  async (_, [script, original, replacement]) => {
    const sources = readSources();
    expect(sources[script]).toContain(original);
    const mutant = { ...sources, [script]: sources[script].replace(original, replacement) };
    const verification = verifyRunLogModel(await createBackend(mutant), {
      numRuns: 3000,
      endOnFailure: true,
      seed: 1,
    });
    await expect(verification).rejects.toThrow('Property failed');
  },
);

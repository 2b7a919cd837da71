import { expect, it } from 'vitest';
import { isTestCluster, openTestChannels } from '../../../../tests/support/test-redis.ts';
import { openTestRunStore } from '../../../../tests/support/test-run-store.ts';
import type { LogUnderTest } from './log-under-test.contract.ts';
import { verifyRunLogModel } from './run-log.contract.ts';
import { type RunStoreScript, readSources } from './scripts.ts';

async function createBackend(sources = readSources(isTestCluster())): Promise<() => Promise<LogUnderTest>> {
  const { redis, keys, log, leases, makeRoom } = openTestRunStore({ sources });
  const channel = openTestChannels(redis).create(keys.replyChannel('test'));
  await makeRoom(1_000_000);
  const messages: string[] = [];
  const waiters = new Map<string, () => void>();
  await channel.open({
    onMessage(message) {
      messages.push(message);
      waiters.get(message)?.();
    },
    onResubscribed: () => undefined,
  });
  let mark = 0;
  /** A message that is sent last is received last. */
  const received = async () => {
    const sentinel = `mark ${mark++}`;
    const arrived = new Promise<void>((resolve) => waiters.set(sentinel, resolve));
    await (redis.isCluster ? redis.spublish(channel.name, sentinel) : redis.publish(channel.name, sentinel));
    await arrived;
    return [...messages];
  };
  return async () => {
    messages.length = 0;
    return { log, leases, channel: channel.name, controlOf: keys.controlChannel, received };
  };
}

it('keeps the laws of the run log under any sequence of claims, appends, resends, zombies and ends', {
  timeout: 60_000,
}, async () => {
  await verifyRunLogModel(await createBackend(), { numRuns: 300 });
});

/** Each takes one guarantee out of a script; a suite that lets one through does not check that guarantee. */
const mutants: Record<string, [RunStoreScript, string, string]> = {
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
  'whose claim takes any offer': [
    'claim',
    'if not again and (record[1] ~= offered or not record[10])',
    'if false',
  ],
  'whose claim that is sent again is a stranger': ['claim', 'local again = ', 'local again = false and '],
  'whose claim that is sent again counts for anybody': ['claim', ' and record[12] == control', ''],
  'that is handed back by a zombie': ['handBack', 'record[1] ~= ARGV[2] or ', ''],
  'that is handed back after its end': ['handBack', ' or record[2] or not record[3]', ''],
  'that is handed back and still held': ['handBack', "'control', ''", "'given', ''"],
  'whose heads hide the end': ['heads', 'record[2] and 1 or 0', '0'],
  'that reads one frame too few': ['read', '#frames + 1) ..', '#frames + 2) ..'],
};

it.each(Object.entries(mutants))(
  'rejects a log %s',
  { timeout: 60_000 },
  async (_, [script, original, replacement]) => {
    const sources = readSources(isTestCluster());
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

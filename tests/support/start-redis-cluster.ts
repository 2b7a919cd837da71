import { setTimeout as wait } from 'node:timers/promises';
import { closeRedis, connectRedis } from '../../packages/core/src/redis/connect.ts';
import { freePort } from '../../scripts/redis/free-port.ts';
import { type RedisServerProcess, startRedisServer } from './redis-server.ts';

export interface RedisCluster extends AsyncDisposable {
  /** Names all primaries. */
  readonly url: string;
  /** Each with a third of the slots. */
  readonly primaries: readonly RedisServerProcess[];
  /** One of each primary, in their order; none unless asked for. */
  readonly replicas: readonly RedisServerProcess[];
  /** What it is made of, for people. */
  describe(): Promise<string>;
  /** Gives a key's slot, with all that is in it, to another primary, key by key. */
  moveSlot(key: string, to: RedisServerProcess): Promise<void>;
  /** The primary that has a key's slot, as it was when the Cluster started or after `moveSlot`. */
  ownerOf(key: string): Promise<RedisServerProcess>;
  /** Runs a command at one node. */
  ask(node: RedisServerProcess, ...command: readonly string[]): Promise<unknown>;
}

const slots = 16_384;
const count = 3;

/** A Cluster of three primaries on loopback; with `replicas` one of each, which takes over within some two seconds. */
export async function startRedisCluster({ replicas = false } = {}): Promise<RedisCluster> {
  await using opened = new AsyncDisposableStack();
  const start = async () => opened.use(await startNode());
  const primaries = await Promise.all(Array.from({ length: count }, start));
  const followers = replicas ? await Promise.all(primaries.map(start)) : [];
  const nodes = [...primaries, ...followers];
  await Promise.all(
    primaries.map((node, at) => {
      const first = Math.floor((at * slots) / count);
      const last = Math.floor(((at + 1) * slots) / count) - 1;
      return ask(node, 'CLUSTER', 'ADDSLOTSRANGE', String(first), String(last));
    }),
  );
  const [first, ...others] = nodes;
  for (const node of others)
    if (first) await ask(node, 'CLUSTER', 'MEET', '127.0.0.1', String(first.port), String(first.busPort));
  await Promise.all(nodes.map((node) => untilKnown(node, nodes.length)));
  for (const [at, follower] of followers.entries()) await follow(follower, primaries[at]);
  await Promise.all(nodes.map(untilServing));
  const open = opened.move();
  const hosts = primaries.map(({ port }) => `127.0.0.1:${port}`).join(',');
  return {
    url: `redis-cluster://${hosts}`,
    primaries,
    replicas: followers,
    ask,
    ownerOf: (key) => ownerOf(primaries, key),
    moveSlot: (key, to) => moveSlot(primaries, key, to),
    describe: () => describe(nodes),
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

interface Node extends RedisServerProcess {
  readonly busPort: number;
}

async function startNode(): Promise<Node> {
  // That of the bus is else 10,000 above, where there may be none.
  const busPort = await freePort();
  const server = await startRedisServer([
    ...['--cluster-enabled', 'yes', '--cluster-node-timeout', '1500', '--cluster-port', String(busPort)],
    ...['--cluster-config-file', 'nodes.conf', '--cluster-allow-replica-migration', 'no'],
  ]);
  return { ...server, busPort };
}

async function slotOf(node: RedisServerProcess, key: string): Promise<string> {
  return String(await ask(node, 'CLUSTER', 'KEYSLOT', key));
}

async function ownerOf(primaries: readonly Node[], key: string): Promise<Node> {
  for (const node of primaries) {
    const answer = await ask(node, 'EXISTS', key).catch((error: Error) => error.message);
    if (typeof answer === 'number') return node;
  }
  throw new Error(`No primary has the slot of ${key}.`);
}

const keysAtOnce = '100';

async function moveSlot(primaries: readonly Node[], key: string, to: RedisServerProcess): Promise<void> {
  const from = await ownerOf(primaries, key);
  const slot = await slotOf(from, key);
  const [fromId, toId] = [String(await ask(from, 'CLUSTER', 'MYID')), String(await ask(to, 'CLUSTER', 'MYID'))];
  await ask(to, 'CLUSTER', 'SETSLOT', slot, 'IMPORTING', fromId);
  await ask(from, 'CLUSTER', 'SETSLOT', slot, 'MIGRATING', toId);
  for (;;) {
    const keys = await ask(from, 'CLUSTER', 'GETKEYSINSLOT', slot, keysAtOnce);
    if (!Array.isArray(keys) || keys.length === 0) break;
    await ask(from, 'MIGRATE', '127.0.0.1', String(to.port), '', '0', '5000', 'KEYS', ...keys.map(String));
  }
  for (const node of [to, from, ...primaries]) await ask(node, 'CLUSTER', 'SETSLOT', slot, 'NODE', toId);
}

async function ask({ port }: RedisServerProcess, command: string, ...args: string[]): Promise<unknown> {
  const redis = connectRedis(`redis://127.0.0.1:${port}`, 'worker', () => undefined);
  try {
    return await redis.call(command, ...args);
  } finally {
    await closeRedis(redis, 500);
  }
}

async function follow(follower: RedisServerProcess, primary: RedisServerProcess | undefined): Promise<void> {
  if (primary === undefined) return;
  const id = String(await ask(primary, 'CLUSTER', 'MYID'));
  await ask(follower, 'CLUSTER', 'REPLICATE', id);
  await until(async () =>
    String(await ask(follower, 'INFO', 'replication')).includes('master_link_status:up'),
  );
}

/** Valkey tells its own version beside the one that it is compatible with. */
async function describe([first, ...others]: readonly Node[]): Promise<string> {
  const info = first === undefined ? '' : String(await ask(first, 'INFO', 'server'));
  const [, name = 'redis', version = ''] =
    /^(valkey)_version:(\S+)/m.exec(info) ?? /^(redis)_version:(\S+)/m.exec(info) ?? [];
  return `a Cluster of ${others.length + 1} nodes of ${name} ${version}`;
}

const untilKnown = (node: RedisServerProcess, nodes: number) =>
  until(async () => String(await ask(node, 'CLUSTER', 'INFO')).includes(`cluster_known_nodes:${nodes}\r`));

const untilServing = (node: RedisServerProcess) =>
  until(async () => String(await ask(node, 'CLUSTER', 'INFO')).includes('cluster_state:ok'));

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    if (await holds()) return;
    await wait(50);
  }
  throw new Error('The nodes did not become a Cluster.');
}

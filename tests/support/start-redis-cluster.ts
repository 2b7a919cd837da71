import { setTimeout as wait } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort } from '../../scripts/redis/free-port.ts';
import { type RedisServerProcess, startRedisServer } from './redis-server.ts';

export interface RedisCluster extends AsyncDisposable {
  /** Names three nodes. */
  readonly url: string;
  /** Three primaries, each with a third of the slots; then a replica of each, if they were asked for. */
  readonly nodes: readonly RedisServerProcess[];
  /** What it is made of, for people. */
  describe(): Promise<string>;
  /** The primary that has a key's slot now. */
  ownerOf(key: string): Promise<RedisServerProcess>;
  /** Gives a key's slot, with all that is in it, to another primary, key by key. */
  moveSlot(key: string): Promise<void>;
  /** Kills the primary that has a key's slot and waits until its replica is in its place; the killed one comes back as a replica. */
  failOver(key: string): Promise<void>;
}

const slots = 16_384;
const primaryCount = 3;

/** A Cluster of three primaries on loopback; with `replicas` one of each, which takes over within some three seconds. */
export async function startRedisCluster({ replicas = false } = {}): Promise<RedisCluster> {
  await using opened = new AsyncDisposableStack();
  const start = async () => opened.use(await startNode());
  const primaries = await Promise.all(Array.from({ length: primaryCount }, start));
  const followers = replicas ? await Promise.all(primaries.map(start)) : [];
  const nodes = [...primaries, ...followers];
  await Promise.all(primaries.map((node, at) => addSlots(node, at)));
  for (const node of nodes.slice(1)) await meet(node, nodes[0]);
  await Promise.all(
    nodes.map((node) => until(node, ['CLUSTER', 'INFO'], `cluster_known_nodes:${nodes.length}\r`)),
  );
  for (const [at, follower] of followers.entries()) await follow(follower, primaries[at]);
  await Promise.all(nodes.map((node) => until(node, ['CLUSTER', 'INFO'], 'cluster_state:ok')));
  const open = opened.move();
  return {
    url: `redis-cluster://${primaries.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    nodes,
    describe: () => describe(nodes),
    ownerOf: (key) => ownerOf(nodes, key),
    moveSlot: (key) => moveSlot(nodes, key),
    failOver: (key) => failOver(nodes, key),
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

async function addSlots(node: Node, at: number): Promise<void> {
  const first = Math.floor((at * slots) / primaryCount);
  const last = Math.floor(((at + 1) * slots) / primaryCount) - 1;
  await askNode(node, 'CLUSTER', 'ADDSLOTSRANGE', String(first), String(last));
}

async function meet(node: Node, first: Node | undefined): Promise<void> {
  if (first) await askNode(node, 'CLUSTER', 'MEET', '127.0.0.1', String(first.port), String(first.busPort));
}

async function follow(follower: Node, primary: Node | undefined): Promise<void> {
  if (primary) await askNode(follower, 'CLUSTER', 'REPLICATE', await idOf(primary));
  await until(follower, ['INFO', 'replication'], 'master_link_status:up');
}

async function failOver(nodes: readonly Node[], key: string): Promise<void> {
  const owner = await ownerOf(nodes, key);
  // What it has answered is to be at the replica: what a failover loses is nothing that the product could keep.
  await askNode(owner, 'CLIENT', 'PAUSE', '3000', 'WRITE');
  await askNode(owner, 'WAIT', '1', '1000');
  await owner.kill();
  await untilOwned(nodes, key);
  await owner.start();
  await until(owner, ['INFO', 'replication'], 'master_link_status:up');
}

async function untilOwned(nodes: readonly Node[], key: string): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    const found = await ownerOf(nodes, key).catch(() => undefined);
    if (found) return await until(found, ['CLUSTER', 'INFO'], 'cluster_state:ok');
    await wait(50);
  }
  throw new Error('No replica took over.');
}

const keysAtOnce = '100';

async function moveSlot(nodes: readonly Node[], key: string): Promise<void> {
  const from = await ownerOf(nodes, key);
  const primaries = await listPrimaries(nodes);
  const to = primaries.find((node) => node !== from);
  if (to === undefined) throw new Error('There is no other primary.');
  const slot = String(await askNode(from, 'CLUSTER', 'KEYSLOT', key));
  const [fromId, toId] = [await idOf(from), await idOf(to)];
  await askNode(to, 'CLUSTER', 'SETSLOT', slot, 'IMPORTING', fromId);
  await askNode(from, 'CLUSTER', 'SETSLOT', slot, 'MIGRATING', toId);
  for (;;) {
    const keys = await askNode(from, 'CLUSTER', 'GETKEYSINSLOT', slot, keysAtOnce);
    if (!Array.isArray(keys) || keys.length === 0) break;
    await askNode(
      from,
      'MIGRATE',
      '127.0.0.1',
      String(to.port),
      '',
      '0',
      '5000',
      'KEYS',
      ...keys.map(String),
    );
  }
  for (const node of [to, from, ...primaries]) await askNode(node, 'CLUSTER', 'SETSLOT', slot, 'NODE', toId);
}

async function listPrimaries(nodes: readonly Node[]): Promise<Node[]> {
  const roles = await Promise.all(nodes.map((node) => askNode(node, 'ROLE')));
  return nodes.filter((_, at) => String(roles[at]).startsWith('master'));
}

async function ownerOf(nodes: readonly Node[], key: string): Promise<Node> {
  const answers = await Promise.all(nodes.map((node) => askNode(node, 'EXISTS', key).catch(() => undefined)));
  const owner = nodes[answers.findIndex((answer) => typeof answer === 'number')];
  if (owner === undefined) throw new Error(`No primary has the slot of ${key}.`);
  return owner;
}

async function idOf(node: Node): Promise<string> {
  return String(await askNode(node, 'CLUSTER', 'MYID'));
}

/** Valkey tells its own version beside the one that it is compatible with. */
async function describe(nodes: readonly Node[]): Promise<string> {
  const info = nodes[0] === undefined ? '' : String(await askNode(nodes[0], 'INFO', 'server'));
  const [, name = '', version = ''] =
    /^(valkey)_version:(\S+)/m.exec(info) ?? /^(redis)_version:(\S+)/m.exec(info) ?? [];
  return `a Cluster of ${nodes.length} nodes of ${name} ${version}`;
}

/** Runs a command at one node; rejects when that does not answer. */
async function askNode(
  { port }: Pick<RedisServerProcess, 'port'>,
  command: string,
  ...args: readonly string[]
): Promise<unknown> {
  const redis = new Redis({ port, host: '127.0.0.1', retryStrategy: () => null, maxRetriesPerRequest: 0 });
  redis.on('error', () => undefined);
  try {
    return await redis.call(command, ...args);
  } finally {
    redis.disconnect();
  }
}

async function until(node: Node, command: readonly [string, ...string[]], text: string): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    if (String(await askNode(node, ...command)).includes(text)) return;
    await wait(50);
  }
  throw new Error(`A node of the Cluster does not come to ${text}.`);
}

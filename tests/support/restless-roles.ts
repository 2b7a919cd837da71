import { setTimeout as delay } from 'node:timers/promises';
import type { Calute } from './start-calute.ts';
import type { PrivateRedis } from './start-private-redis.ts';
import type { StartedRole } from './start-role.ts';

export interface RestlessRolesOptions {
  readonly calute: Calute;
  readonly redis: PrivateRedis;
  readonly apis: number;
  readonly workers: number;
  readonly everyMs: number;
  /** After so many kills of a role one of Redis. */
  readonly redisEvery: number;
  /** The same seed chooses the same roles. */
  readonly seed: number;
}

export interface RestlessRoles extends AsyncDisposable {
  /** Of an API that lives at this moment, as far as is known. */
  url(): string | undefined;
  /** No further kills; everything is started again. */
  calm(): Promise<void>;
  readonly kills: { readonly roles: number; readonly redis: number };
}

interface Slot {
  readonly start: () => Promise<StartedRole>;
  role: StartedRole | undefined;
  starting: Promise<void>;
}

/** Roles of which one is killed at random again and again, and started again at once; Redis too. */
export async function startRestlessRoles(options: RestlessRolesOptions): Promise<RestlessRoles> {
  const { calute, redis, everyMs, redisEvery, seed } = options;
  const random = createRandom(seed);
  const settings = { REDIS_URL: redis.url };
  const kills = { roles: 0, redis: 0 };
  let calm = false;
  const open = (start: () => Promise<StartedRole>): Slot => ({
    start,
    role: undefined,
    starting: Promise.resolve(),
  });
  const slots = [
    ...Array.from({ length: options.apis }, () => open(() => calute.startApi(settings))),
    ...Array.from({ length: options.workers }, () => open(() => calute.startWorker(settings))),
  ];
  await Promise.all(slots.map(startSlot));
  const kill = async () => {
    if (kills.roles > 0 && kills.roles % redisEvery === 0 && kills.redis < kills.roles / redisEvery) {
      kills.redis += 1;
      await redis.kill();
      await redis.start();
      return;
    }
    const alive = slots.filter(({ role }) => role !== undefined);
    const slot = alive[Math.floor(random() * alive.length)];
    if (slot?.role === undefined) return;
    const { role } = slot;
    slot.role = undefined;
    kills.roles += 1;
    await role.stop('SIGKILL');
    slot.starting = startSlot(slot);
  };
  const killing = (async () => {
    while (!calm) {
      await delay(everyMs);
      if (!calm) await kill();
    }
  })();
  const end = async () => {
    calm = true;
    await killing;
    await Promise.all(slots.map(({ starting }) => starting));
  };
  return {
    url: () => slots.find(({ role }) => role?.url)?.role?.url,
    calm: end,
    kills,
    [Symbol.asyncDispose]: end,
  };
}

/** Numbers from 0, below 1. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}

/** A start that fails because Redis is away is made again. */
async function startSlot(slot: Slot): Promise<void> {
  for (let tries = 0; slot.role === undefined; tries += 1) {
    try {
      slot.role = await slot.start();
    } catch (error) {
      if (tries === 20) throw error;
      await delay(200);
    }
  }
}

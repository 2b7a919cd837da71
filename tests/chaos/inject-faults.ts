import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from './cluster.ts';
import type { ChaosStore } from './open-store.ts';
import type { FaultKind, FaultPlan } from './plan-faults.ts';
import { createRandom, type Random } from './random.ts';
import type { RoleSlot } from './role-slot.ts';

/** A fault as it happened; times are Unix ms, `toMs` when it was over and its process served again. */
export interface Fault {
  readonly kind: FaultKind;
  /** The process that had it: `worker-0.3`; `redis` for the store. */
  readonly target: string;
  readonly fromMs: number;
  toMs: number;
}

export interface InjectOptions {
  readonly cluster: Cluster;
  readonly plans: readonly FaultPlan[];
  readonly seed: number;
  /** Unix ms of the start of the load. */
  readonly startMs: number;
  readonly signal: AbortSignal;
  startSlowClient(): void;
  /** Told when a fault could not be brought to its end: what is seen from then on says nothing. */
  onBroken(error: unknown): void;
}

/** The share of answers lost while replies are cut. */
const cutShare = 0.15;

/** Does each fault at its time; one whose process is down anyway is left out. Resolves when all are over. */
export async function injectFaults(options: InjectOptions): Promise<Fault[]> {
  const { plans, seed, startMs, signal } = options;
  const random = createRandom(seed, 'cuts');
  const faults: Fault[] = [];
  const going: Promise<void>[] = [];
  for (const plan of plans) {
    const waited = await delay(Math.max(0, startMs + plan.atMs - Date.now()), true, { signal }).catch(
      () => false,
    );
    if (!waited) break;
    const slot = slotOf(plan, options.cluster);
    const isUp = slot?.isUp ?? options.cluster.store.isUp();
    if (!isUp) continue;
    const fault: Fault = {
      kind: plan.kind,
      target: slot?.processName ?? (plan.kind === 'slow-client' ? 'client' : 'redis'),
      fromMs: Date.now(),
      toMs: Number.POSITIVE_INFINITY,
    };
    faults.push(fault);
    const done =
      slot === undefined
        ? injectOutside(plan, { ...options, random })
        : injectInto(slot, plan, options.signal);
    const finish = () => {
      fault.toMs = Date.now();
    };
    going.push(done.then(finish, options.onBroken));
  }
  await Promise.all(going);
  return faults;
}

/** The process that has the fault; undefined when it is none of the roles. */
function slotOf({ kind, target }: FaultPlan, { workers, apis }: Cluster): RoleSlot | undefined {
  if (kind.startsWith('worker-')) return workers[target];
  return kind.startsWith('api-') ? apis[target] : undefined;
}

type InjectParts = InjectOptions & { readonly random: Random };

async function injectOutside(plan: FaultPlan, parts: InjectParts): Promise<void> {
  const { store } = parts.cluster;
  if (plan.kind === 'slow-client') parts.startSlowClient();
  else if (plan.kind === 'pubsub-kill') await store.killSubscribers();
  else if (store.single) await injectIntoRedis(plan, store.single, parts.random);
  else if (store.cluster) await injectIntoCluster(plan, store.cluster, parts.cluster.busyKey);
}

async function injectIntoRedis(
  { kind, lastsMs }: FaultPlan,
  { redis, proxy }: NonNullable<ChaosStore['single']>,
  random: Random,
): Promise<void> {
  if (kind === 'redis-stop') return await redis.stopFor(lastsMs);
  if (kind === 'cut-replies') return void (await proxy.cutReplies({ random, share: cutShare, lastsMs }));
  await redis.kill();
  await delay(lastsMs);
  await redis.start();
}

async function injectIntoCluster(
  { kind }: FaultPlan,
  cluster: NonNullable<ChaosStore['cluster']>,
  key: string,
): Promise<void> {
  await (kind === 'redis-failover' ? cluster.failOver(key) : cluster.moveSlot(key));
}

async function injectInto(slot: RoleSlot, { kind, lastsMs }: FaultPlan, signal: AbortSignal): Promise<void> {
  switch (kind) {
    case 'worker-pause':
      return slot.pauseWhile(delay(lastsMs, undefined, { signal }));
    case 'worker-kill':
    case 'api-kill':
      return slot.end('SIGKILL');
    default:
      return slot.end('SIGTERM');
  }
}

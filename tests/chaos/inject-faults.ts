import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from './cluster.ts';
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
    const target = targetOf(plan, options.cluster);
    if (target instanceof Object && !target.isUp) continue;
    const fault: Fault = {
      kind: plan.kind,
      target: typeof target === 'string' ? target : target.processName,
      fromMs: Date.now(),
      toMs: Number.POSITIVE_INFINITY,
    };
    faults.push(fault);
    const done = inject(plan, target, { ...options, random });
    going.push(
      done.finally(() => {
        fault.toMs = Date.now();
      }),
    );
  }
  await Promise.allSettled(going);
  return faults;
}

function targetOf({ kind, target }: FaultPlan, { workers, apis }: Cluster): RoleSlot | string {
  if (kind.startsWith('worker-')) return workers[target];
  if (kind.startsWith('api-')) return apis[target];
  return kind === 'slow-client' ? 'client' : 'redis';
}

type InjectParts = InjectOptions & { readonly random: Random };

async function inject(plan: FaultPlan, target: RoleSlot | string, parts: InjectParts): Promise<void> {
  if (typeof target !== 'string') return injectInto(target, plan, parts.signal);
  const { redis, proxy, direct } = parts.cluster;
  switch (plan.kind) {
    case 'redis-kill':
      await redis.kill();
      await delay(plan.lastsMs);
      await redis.start();
      return;
    case 'pubsub-kill':
      await direct.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
      return;
    case 'cut-replies':
      await proxy.cutReplies({ random: parts.random, share: cutShare, lastsMs: plan.lastsMs });
      return;
    default:
      parts.startSlowClient();
  }
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

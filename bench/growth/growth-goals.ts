import type { BoundedGoal } from '../figures/bounded-goal.ts';
import { costPerToken, marginalGrowth } from './cost-per-token.ts';
import type { GrowthFigures } from './growth-results.ts';
import type { ReplicaFigures } from './measure-replicas.ts';

const flat = 1.2;
const startS = 1;

/** What ought to stay flat, or short; every goal is an upper bound. */
export function judgeGrowth(
  // A recorded run may be older than what the store takes, and than loads that grow.
  figures: Pick<GrowthFigures, 'tokens' | 'backlog' | 'starts'> &
    Partial<Pick<GrowthFigures, 'store' | 'replicas'>>,
): readonly BoundedGoal[] {
  const ratio = (title: string, value: number | undefined): BoundedGoal => ({
    title,
    unit: '×',
    bound: flat,
    value,
  });
  const burst = costPerToken(figures.tokens.filter(({ model }) => model === 'mock-burst'));
  const paced = costPerToken(figures.tokens.filter(({ model }) => model !== 'mock-burst'));
  const { accept, take } = figures.backlog;
  const largest = figures.store?.appends.slice(-2) ?? [];
  return [
    ratio(`CPU per token, burst: ${ends(burst)} tokens`, burst.at(-1)?.ofShortest),
    ratio('marginal CPU per token, burst: longest runs to those up to 1,024 tokens', marginalGrowth(burst)),
    ratio(`CPU per token, one by one: ${ends(paced)} tokens`, paced.at(-1)?.ofShortest),
    ratio(
      `accept p50: ${ends(accept)} waiting`,
      growthOf(accept, ({ p50Ms }) => p50Ms?.median),
    ),
    ratio(
      `CPU per accept, Redis included: ${ends(accept)} waiting`,
      growthOf(accept, ({ apiCpuUs, redisCpuUs }) => sumOf(apiCpuUs?.median, redisCpuUs?.median)),
    ),
    ratio(
      `CPU per run taken, Redis included: ${ends(take)} waiting`,
      growthOf(take, ({ workerCpuUs, redisCpuUs }) => sumOf(workerCpuUs, redisCpuUs)),
    ),
    ratio(
      `CPU of Redis per frame: ${ends(largest)} in one append`,
      growthOf(largest, ({ redisCpuUs }) => redisCpuUs?.median),
    ),
    ...replicaCosts(figures.replicas ?? []).map(({ title, value }) => ratio(title, value)),
    ...figures.starts
      .filter(({ compileCache }) => compileCache)
      .map(({ role, ms }) => ({
        title: `start of ${role === 'api' ? 'the API' : 'a worker'}`,
        unit: 's' as const,
        bound: startS,
        value: ms && ms.median / 1000,
      })),
  ];
}

/** What a request costs with the most workers, beside one worker and one API: at the same load, and at as much more of it. */
function replicaCosts(replicas: readonly ReplicaFigures[]): { title: string; value: number | undefined }[] {
  const [one] = replicas;
  const most = Math.max(...replicas.map(({ workers }) => workers));
  return replicas
    .filter(({ workers }) => workers === most && one && most > one.workers)
    .map((several) => ({
      title: `CPU per request: ${several.workers} + ${several.apis}, c=${several.concurrency}, to 1 + 1, c=${one?.concurrency}`,
      value: growthOf([one, several], (replica) => replica?.cpuUs?.median),
    }));
}

/** What the last is in multiples of the first. */
function growthOf<Step>(
  steps: readonly Step[],
  figureOf: (step: Step) => number | undefined,
): number | undefined {
  const [first] = steps;
  const last = steps.at(-1);
  if (first === undefined || last === undefined || first === last) return undefined;
  const from = figureOf(first);
  const to = figureOf(last);
  return from === undefined || to === undefined || from === 0 ? undefined : to / from;
}

function sumOf(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : one + other;
}

type Sized = { readonly tokens: number } | { readonly queued: number } | { readonly framesPerAppend: number };

function ends(steps: readonly Sized[]): string {
  const sizes = steps.map(sizeOf);
  const [first, last] = [sizes[0] ?? 0, sizes.at(-1) ?? 0].map((size) => size.toLocaleString('en'));
  return `${last} to ${first}`;
}

function sizeOf(step: Sized): number {
  if ('tokens' in step) return step.tokens;
  return 'queued' in step ? step.queued : step.framesPerAppend;
}

import { figuresOfUses, type UseFigures } from '../figures/use-figures.ts';
import type { BenchGround } from '../ground/start-ground.ts';
import type { Peer } from '../peers/peer.ts';
import { startCalute } from '../peers/start-calute.ts';
import { usualLoad } from '../processes/protocol.ts';
import { measureUse, type Use } from '../rounds/measure-use.ts';
import type { GrowthSettings } from './growth-settings.ts';

/** So many processes of each role at one Redis. */
export interface ReplicaFigures extends UseFigures {
  readonly workers: number;
  readonly apis: number;
  /** Streams at once, over all replicas. */
  readonly concurrency: number;
}

interface Deployment {
  readonly workers: number;
  readonly apis: number;
  readonly concurrency: number;
  readonly peer: Peer;
  readonly uses: Use[];
}

const warmUpMs = 60_000;

/** The usual load on more and more processes, and one that grows with the workers; all of these in each round. */
export async function measureReplicas(
  ground: BenchGround,
  settings: GrowthSettings['replicas'],
): Promise<readonly ReplicaFigures[]> {
  const { rounds, cellMs, warmUpRequests } = settings;
  const deployments = await startDeployments(ground, settings);
  for (const { peer, workers, apis, concurrency } of deployments) {
    const requests = Math.max(workers, apis) * warmUpRequests;
    await measureUse(peer, {
      ...usualLoad,
      concurrency,
      until: { kind: 'count', requests, maxMs: warmUpMs },
    });
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const { peer, concurrency, uses } of deployments) {
      uses.push(await measureUse(peer, { ...usualLoad, concurrency, until: { kind: 'time', ms: cellMs } }));
    }
  }
  return deployments.map(({ workers, apis, concurrency, uses }) => ({
    workers,
    apis,
    concurrency,
    ...figuresOfUses(uses),
  }));
}

/** One for each number of workers, with as many APIs as are ever loaded: those that get no load do nothing. */
async function startDeployments(
  ground: BenchGround,
  { workers: workerCounts, apis: apiCounts }: GrowthSettings['replicas'],
): Promise<readonly Deployment[]> {
  const deployments: Deployment[] = [];
  for (const workers of workerCounts) {
    const name = `replicas-${workers}`;
    const peer = await startCalute(ground, { name, workers, apis: Math.max(...apiCounts) });
    for (const apis of apiCounts) {
      const target = { ...peer.target, urls: peer.target.urls.slice(0, apis) };
      for (const concurrency of loadsOf(workers)) {
        deployments.push({ workers, apis, concurrency, peer: { ...peer, target }, uses: [] });
      }
    }
  }
  return deployments;
}

/** The usual load shows what it costs to spread it; workers are added because there is more of it. */
function loadsOf(workers: number): Iterable<number> {
  return new Set([usualLoad.concurrency, usualLoad.concurrency * workers]);
}

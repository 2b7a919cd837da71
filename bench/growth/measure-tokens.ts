import { figuresOfUses, type UseFigures } from '../figures/use-figures.ts';
import type { BenchGround } from '../ground/start-ground.ts';
import { startCalute } from '../peers/start-calute.ts';
import { type Load, type MockModel, usualLoad } from '../processes/protocol.ts';
import { measureUse, type Use } from '../rounds/measure-use.ts';
import type { GrowthSettings } from './growth-settings.ts';

/** Runs of one length. */
export interface RunCost extends UseFigures {
  readonly model: MockModel;
  /** Of each run. */
  readonly tokens: number;
}

/** So few that the longest answers fit into the load generator's memory. */
const concurrency = 8;
const maxMs = 120_000;
/** Between two tokens of the model `mock-brisk`. */
const briskMs = 2;
const warmUp = { kind: 'count', requests: 5000, maxMs: 10_000 } as const;

/** What a run costs by its length, all lengths in each round. */
export async function measureTokens(
  ground: BenchGround,
  { burst, paced, rounds, cellMs }: GrowthSettings['tokens'],
): Promise<readonly RunCost[]> {
  const calute = await startCalute(ground, { name: 'tokens' });
  const loads = [
    ...burst.map((tokens) => burstOf(tokens, cellMs)),
    ...paced.map((tokens) => pacedOf(tokens, cellMs)),
  ];
  await measureUse(calute, { ...usualLoad, until: warmUp });
  const uses: Use[][] = loads.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, load] of loads.entries()) uses[index]?.push(await measureUse(calute, load));
  }
  return loads.map(({ model, tokens }, index) => ({ model, tokens, ...figuresOfUses(uses[index] ?? []) }));
}

function burstOf(tokens: number, ms: number): Load {
  return { model: 'mock-burst', stream: true, tokens, concurrency, until: { kind: 'time', ms } };
}

/** As many answers as fit into the time, one for each loop at least. */
function pacedOf(tokens: number, ms: number): Load {
  const requests = concurrency * Math.ceil(ms / briskMs / tokens);
  const until = { kind: 'count', requests, maxMs } as const;
  return { model: 'mock-brisk', stream: true, tokens, concurrency, until };
}

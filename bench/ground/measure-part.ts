import type { BenchGround } from './start-ground.ts';

/** Measures one part of several; what it has started is gone afterwards, and so takes no part in the next. */
export async function measurePart<Figures>(
  ground: BenchGround,
  title: string,
  measure: (own: BenchGround) => Promise<Figures>,
): Promise<Figures> {
  process.stderr.write(`${title}\n`);
  await using stack = ground.stack.use(new AsyncDisposableStack());
  return await measure({ ...ground, stack });
}

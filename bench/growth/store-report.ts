import type { Hop } from '../processes/protocol.ts';
import { formatFigure, formatSpread, formatTable } from '../report/table.ts';
import type { HopCost, StoreCosts } from './measure-store.ts';

const hopTitles: Readonly<Record<Hop, string>> = {
  dispatch: 'accept, send to a worker, take off',
  end: 'append one frame with the end',
};
const cpuOf = (what: string) => [`CPU µs/${what}: Redis`, `CPU µs/${what}: the process that asks`];

/** What a run takes of the store in each hop, and in all of them. */
export function hopsOf({ hops }: StoreCosts): string {
  const rows = Map.groupBy(hops, ({ concurrency }) => concurrency)
    .entries()
    .flatMap(([concurrency, costs]) => [
      ...costs.map(({ hop, redisCpuUs, ownCpuUs }) => [
        `c=${concurrency}: ${hopTitles[hop]}`,
        formatSpread(redisCpuUs),
        formatSpread(ownCpuUs),
      ]),
      [`c=${concurrency}: together`, ...togetherOf(costs)],
    ]);
  return formatTable(['hop', ...cpuOf('run')], [...rows]);
}

/** What a frame takes of the store, by how many share an append. */
export function appendsOf({ appends }: StoreCosts): string {
  const rows = appends.map(({ framesPerAppend, redisCpuUs, ownCpuUs }) => [
    framesPerAppend.toLocaleString('en'),
    formatSpread(redisCpuUs),
    formatSpread(ownCpuUs),
  ]);
  return formatTable(['frames in one append', ...cpuOf('frame')], rows);
}

/** Sums of medians. */
function togetherOf(costs: readonly HopCost[]): readonly string[] {
  const sum = (figureOf: (cost: HopCost) => number | undefined) =>
    formatFigure(costs.reduce((total, cost) => total + (figureOf(cost) ?? Number.NaN), 0));
  return [sum(({ redisCpuUs }) => redisCpuUs?.median), sum(({ ownCpuUs }) => ownCpuUs?.median)];
}

import { expect, test } from 'vitest';
import type { HopCost, StoreCosts } from './measure-store.ts';
import { appendsOf, hopsOf } from './store-report.ts';

const spread = (median: number) => ({ median, min: median - 1, max: median + 1 });

function hopOf(hop: HopCost['hop'], concurrency: number, redis: number, own: number): HopCost {
  return { hop, concurrency, redisCpuUs: spread(redis), ownCpuUs: spread(own) };
}

function costsOf(costs: Partial<StoreCosts>): StoreCosts {
  return { hops: [], appends: [], ...costs };
}

test('the hops of a run stand together with their sum, for each number of runs at once', () => {
  const alone = [hopOf('dispatch', 1, 150, 180), hopOf('end', 1, 50, 35)];
  const busy = [hopOf('dispatch', 64, 50, 25), hopOf('end', 64, 20, 5)];
  const [, , ...rows] = hopsOf(costsOf({ hops: [...alone, ...busy] })).split('\n');
  expect(rows.map((row) => row.replaceAll(/ +/g, ' '))).toEqual([
    '| c=1: accept, send to a worker, take off | 150 (149-151) | 180 (179-181) |',
    '| c=1: append one frame with the end | 50.0 (49.0-51.0) | 35.0 (34.0-36.0) |',
    '| c=1: together | 200 | 215 |',
    '| c=64: accept, send to a worker, take off | 50.0 (49.0-51.0) | 25.0 (24.0-26.0) |',
    '| c=64: append one frame with the end | 20.0 (19.0-21.0) | 5.00 (4.00-6.00) |',
    '| c=64: together | 70.0 | 30.0 |',
  ]);
});

test('a hop that was not measured leaves the sum out', () => {
  const hops = [hopOf('dispatch', 1, 30, 20), { ...hopOf('end', 1, 50, 35), redisCpuUs: undefined }];
  expect(hopsOf(costsOf({ hops }))).toMatch(/\| c=1: together +\| +- \| +55\.0 \|/);
});

test('a frame has its cost by how many share an append', () => {
  const appends = [
    { framesPerAppend: 1, redisCpuUs: spread(31.5), ownCpuUs: spread(35) },
    { framesPerAppend: 128, redisCpuUs: spread(6.8), ownCpuUs: spread(2.5) },
  ];
  const report = appendsOf(costsOf({ appends }));
  expect(report).toMatch(/\| 1 +\| +31\.5 \(30\.5-32\.5\) \| +35\.0 \(34\.0-36\.0\) \|/);
  expect(report).toMatch(/\| 128 +\| +6\.80 \(5\.80-7\.80\) \| +2\.50 \(1\.50-3\.50\) \|/);
});

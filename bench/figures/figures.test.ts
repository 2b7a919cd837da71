import { expect, test } from 'vitest';
import type { PeerId } from '../peers/peer.ts';
import type { Cell } from '../rounds/run-rounds.ts';
import { summarize } from './figures.ts';

function cellOf(peer: PeerId, p50: number, errors = 0): Cell {
  const sample = { requests: 100, errors, seconds: 2, tokens: 6400, ttftMs: { p50, p99: 2 * p50 } };
  const processes = peer === 'direct' ? {} : { api: 200, worker: 300 };
  return { peer, scenario: 'burst-1', sample, cpuUs: processes, rssBytes: {} };
}

test('rounds are summed up to medians, and the upstream is taken off round by round', () => {
  const cells = [
    ...[cellOf('direct', 1), cellOf('calute', 3)],
    ...[cellOf('calute', 9), cellOf('direct', 5)],
    ...[cellOf('direct', 1), cellOf('calute', 4, 2)],
  ];
  const calute = summarize(cells).find(({ peer }) => peer === 'calute');
  expect(calute).toMatchObject({
    errors: 2,
    ttftP50Ms: { median: 4, min: 3, max: 9 },
    addedTtftP50Ms: { median: 3, min: 2, max: 4 },
    requestsPerSecond: { median: 50 },
    tokensPerSecond: { median: 3200 },
    cpuUs: { median: 500 },
    cpuUsByRole: { api: 200, worker: 300 },
  });
  expect(calute).not.toHaveProperty('rssMb');
});

test('a peer without processes has no CPU figure', () => {
  expect(summarize([cellOf('direct', 1)])[0]).not.toHaveProperty('cpuUs');
});

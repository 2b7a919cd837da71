import type { Agent } from '@calute/core/agent/agent';
import { defineAgent } from '@calute/core/agent/define-agent';
import { createLogger } from '@calute/core/logging/logger';
import { expect, test } from 'vitest';
import { serveAgents } from './serve-agents.ts';

const agents = (...ids: readonly string[]) => ids.map((id) => defineAgent({ id, model: 'offline:echo' }));

test('a reload replaces all agents, connects their tool servers and announces them', async () => {
  const { served, loads, told, lines } = open(agents('a', 'b'));
  expect(told).toEqual(['serve a,b', 'inspect a,b']);
  loads.push(() => agents('b', 'c'));
  await served.reload();
  expect([...served.byId.keys()]).toEqual(['b', 'c']);
  expect(told.slice(2)).toEqual(['serve b,c', 'inspect b,c', 'announce b,c']);
  expect(lines()).toMatchObject([{ msg: 'agents.reloaded', agents: ['b', 'c'] }]);
});

test('a reload that fails leaves everything as it was and says why, and the next one counts', async () => {
  const { served, loads, told, lines } = open(agents('a'));
  const before = served.byId.get('a');
  loads.push(() => {
    throw new Error('a.ts: line 3: no');
  });
  await served.reload();
  expect(served.byId.get('a')).toBe(before);
  expect(told).toEqual(['serve a', 'inspect a']);
  expect(lines()).toMatchObject([{ msg: 'agents.reload-failed', reason: 'a.ts: line 3: no' }]);
  loads.push(() => agents('c'));
  await served.reload();
  expect([...served.byId.keys()]).toEqual(['c']);
});

function open(first: readonly Agent[]) {
  const loads: (() => readonly Agent[])[] = [];
  const told: string[] = [];
  const written: string[] = [];
  const ids = (some: readonly Agent[]) => some.map(({ id }) => id).join();
  const served = serveAgents(first, {
    load: async () => loads.shift()?.() ?? [],
    toolServers: { serve: (some) => void told.push(`serve ${ids(some)}`) },
    inspect: (some) => void told.push(`inspect ${ids(some)}`),
    announce: async (some) => void told.push(`announce ${ids(some)}`),
    logger: createLogger({
      role: 'test',
      level: 'info',
      destination: { write: (line) => void written.push(line) },
    }),
  });
  return { served, loads, told, lines: () => written.map((line) => JSON.parse(line)) };
}

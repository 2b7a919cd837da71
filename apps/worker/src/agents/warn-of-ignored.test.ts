import { defineAgent } from '@calute/core/agent/define-agent';
import { createLogger } from '@calute/core/logging/logger';
import { expect, test } from 'vitest';
import { createWarnOfIgnored } from './warn-of-ignored.ts';

const agent = (id: string, more = {}) => defineAgent({ id, model: 'offline:echo', ...more });

function listen(canOverrideSamplings: boolean) {
  const lines: unknown[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const warn = createWarnOfIgnored(
    createLogger({ role: 'worker', level: 'warn', destination }),
    canOverrideSamplings,
  );
  return { warn, lines };
}

test('an agent that ignores values which clients send is told of once, with what would change that', () => {
  const { warn, lines } = listen(false);
  warn(agent('a'), { temperature: 0, max_tokens: 5 });
  warn(agent('a'), { top_p: 0.5 });
  warn(agent('b', { allowOverrides: ['topP'] }), { top_p: 0.5 });
  warn(agent('b', { allowOverrides: ['topP'] }), { top_p: 0.5, top_k: 2 });
  expect(lines).toMatchObject([
    { msg: 'agent.sampling-ignored', agent: 'a', ignored: ['max_tokens', 'temperature'] },
    { msg: 'agent.sampling-ignored', agent: 'b', ignored: ['top_k'] },
  ]);
});

test('nothing is said where nothing is ignored', () => {
  const { warn, lines } = listen(true);
  warn(agent('a'), { temperature: 0 });
  warn(agent('b', { allowOverrides: false }), {});
  expect(lines).toEqual([]);
  warn(agent('b', { allowOverrides: false }), { temperature: 0 });
  expect(lines).toHaveLength(1);
});

import { expect, it } from 'vitest';
import { defineAgent } from '../define-agent.ts';
import { describeHandoffs, findHandoff, handoffToolName } from './handoff-tool.ts';

it.each([
  ['poet', 'transfer_to_poet'],
  ['team:poet.v2-x_y', 'transfer_to_team_poet_v2-x_y'],
  ['p'.repeat(128), `transfer_to_${'p'.repeat(52)}`],
])('makes of the id %s a name that any tool may have', (id, name) => {
  expect(handoffToolName(id)).toBe(name);
  expect(name).toMatch(/^[\w-]{1,64}$/);
  expect(findHandoff({ handoffs: ['other', id] }, name)).toBe(id);
  expect(findHandoff({ handoffs: ['other'] }, name)).toBe(undefined);
});

it('describes a handoff in as many characters as OpenAI takes, whatever the id and the description', () => {
  const id = 'p'.repeat(128);
  const target = defineAgent({ id, model: 'offline:echo', description: 'd'.repeat(800) });
  const desk = defineAgent({ id: 'desk', model: 'offline:echo', handoffs: [id] });
  const [tool] = describeHandoffs(desk, () => target);
  expect(tool?.function.description?.length).toBeLessThanOrEqual(1024);
  const tooLong = { id, model: 'offline:echo', description: 'd'.repeat(801) };
  expect(() => defineAgent(tooLong)).toThrow('description:');
});

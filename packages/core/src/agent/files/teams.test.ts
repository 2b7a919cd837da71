import { expect, test } from 'vitest';
import { defineAgent } from '../define-agent.ts';
import { defineTeam, type TeamDefinition } from '../define-team.ts';
import { addCortexModels } from './cortex-models.ts';
import { findCrossFaults } from './find-cross-faults.ts';

const agent = (id: string, more: object = {}) => defineAgent({ id, model: 'offline:echo', ...more });
const team = (id: string, more: Partial<TeamDefinition> = {}) =>
  defineTeam({ id, model: 'offline:echo', members: ['a'], ...more });
const faultsOf = (...agents: readonly ReturnType<typeof agent>[]) =>
  findCrossFaults(agents.map((one) => ({ file: `/agents/${one.id}.ts`, agent: one }))).map(
    ({ fault }) => fault,
  );

const prices = { inputPerMillion: 1, outputPerMillion: 1 };

test('finds what teams and agents of one folder say wrongly of each other', () => {
  expect(faultsOf(agent('a'), team('t'))).toEqual([]);
  expect(faultsOf(team('t'))).toEqual(['members to unknown agents: a; known: t']);
  expect(faultsOf(agent('a'), team('s'), team('t', { members: ['a', 's'] }))).toEqual([
    'members to teams: s; only agents can be named here',
  ]);
  expect(faultsOf(agent('a', { handoffs: ['t'] }), team('t'))).toEqual([
    'handoffs to teams: t; only agents can be named here',
  ]);
  expect(faultsOf(agent('a'), team('s', { default: true }), team('t', { default: true }))).toEqual([
    'only one team can be the default, and s.ts is',
  ]);
  const limited = team('t', { prices, limits: { maxCostUsd: 1 } });
  expect(faultsOf(agent('a'), limited)).toEqual([expect.stringMatching(/prices.*without: a$/)]);
  expect(faultsOf(agent('a', { prices }), limited)).toEqual([]);
});

test('gives the default team the names that clients of the Python Calute ask for, unless a file has them', () => {
  const lead = team('t', { default: true, process: 'consensus', sampling: { temperature: 0 } });
  const added = addCortexModels([agent('a'), agent('cortex-task'), lead]).slice(3);
  expect(added.map(({ id, team: its }) => [id, its?.process, its?.tasks])).toEqual([
    ['cortex', 'consensus', 'planned'],
    ['cortex-instruct', 'sequential', 'request'],
    ['cortex-task-parallel', 'parallel', 'planned'],
    ['cortex-task-hierarchical', 'hierarchical', 'planned'],
  ]);
  expect(added.every(({ sampling }) => sampling.temperature === 0)).toBe(true);
  expect(addCortexModels([agent('a'), team('t')])).toHaveLength(2);
});

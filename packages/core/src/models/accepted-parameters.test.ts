import { expect, it } from 'vitest';
import { defineAgent } from '../agent/define-agent.ts';
import { defineTeam } from '../agent/define-team.ts';
import { listTeam } from '../agent/team/list-team.ts';
import type { ProviderParameter } from '../request/provider-fields.ts';
import { acceptedParameters } from './accepted-parameters.ts';
import type { ResolveModel } from './model-provider.ts';

const honours: Readonly<Record<string, readonly ProviderParameter[]>> = {
  'test:all': ['seed', 'logprobs', 'user'],
  'test:most': ['seed', 'user'],
  'test:few': ['user'],
};
const resolveModel: ResolveModel = (model) => ({
  accepts: new Set(honours[model]),
  stream: () => expect.unreachable(),
});
const agents = [
  defineAgent({
    id: 'desk',
    model: 'test:all',
    handoffs: ['poet'],
    fallback: ['test:few', { agent: 'night' }],
  }),
  defineAgent({ id: 'poet', model: 'test:most', handoffs: ['desk'], fallback: 'test:few' }),
  defineAgent({ id: 'night', model: 'test:few', handoffs: ['alone'] }),
  defineAgent({ id: 'alone', model: 'test:all' }),
] as const;
const find = (id: string) => agents.find((agent) => agent.id === id);
const [desk, , night, alone] = agents;

it('honours what all agents honour that the conversation may be passed to, fallbacks left out', () => {
  const accepted = (agent: (typeof agents)[number]) => [...acceptedParameters({ agent }, resolveModel, find)];
  expect(accepted(desk)).toEqual(['seed', 'user']);
  expect(accepted(night)).toEqual(['user']);
  expect(accepted(alone)).toEqual(['seed', 'logprobs', 'user']);
});

it('counts the model that an agent has fallen back to instead of its own', () => {
  expect([...acceptedParameters({ agent: alone, model: 'test:few' }, resolveModel, find)]).toEqual(['user']);
});

it('has in its team whoever may come to answer, each once', () => {
  expect(listTeam(desk, find).map(({ id }) => id)).toEqual(['desk', 'poet', 'night', 'alone']);
  expect(listTeam(alone).map(({ id }) => id)).toEqual(['alone']);
});

it('honours for a team what its lead and all members honour, and those that they may hand over to', () => {
  const accepted = (...members: readonly string[]) => [
    ...acceptedParameters(
      { agent: defineTeam({ id: 'team', model: 'test:all', members }) },
      resolveModel,
      find,
    ),
  ];
  expect(accepted('alone')).toEqual(['seed', 'logprobs', 'user']);
  expect(accepted('alone', 'desk')).toEqual(['seed', 'user']);
  expect(accepted('night')).toEqual(['user']);
});

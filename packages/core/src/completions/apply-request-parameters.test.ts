import { describe, expect, it } from 'vitest';
import type { Sampling } from '../agent/agent.ts';
import { chatRequestSchema } from '../protocol/chat-request.ts';
import { applyRequestParameters, ignoredParameters } from './apply-request-parameters.ts';

const own: Required<Sampling> = {
  maxTokens: 100,
  temperature: 0.7,
  topP: 0.9,
  topK: 40,
  minP: 0.05,
  stop: ['OWN'],
  presencePenalty: 0.1,
  frequencyPenalty: 0.2,
  repetitionPenalty: 1.1,
};
const agent = Object.freeze({ id: 'writer', sampling: Object.freeze(own) });

const rows: [wire: string, name: keyof Sampling, zero: unknown, value: unknown, applied?: unknown][] = [
  ['max_tokens', 'maxTokens', undefined, 12],
  ['max_completion_tokens', 'maxTokens', undefined, 13],
  ['temperature', 'temperature', 0, 1.5],
  ['top_p', 'topP', 0, 0.4],
  ['top_k', 'topK', 0, 7],
  ['min_p', 'minP', 0, 0.3],
  ['stop', 'stop', undefined, ['A', 'B']],
  ['stop', 'stop', undefined, 'END', ['END']],
  ['presence_penalty', 'presencePenalty', 0, -1.5],
  ['frequency_penalty', 'frequencyPenalty', 0, 2],
  ['repetition_penalty', 'repetitionPenalty', undefined, 1.4],
];

function request(fields: object) {
  return chatRequestSchema.parse({ model: 'writer', messages: [{ role: 'user', content: 'hi' }], ...fields });
}

describe.each(rows)('%s', (wire, name, _, value, applied = value) => {
  const allowed = { canOverrideSamplings: true };

  it('keeps the value of the agent when it is absent or null', () => {
    expect(applyRequestParameters(agent, request({}), allowed).sampling).toEqual(own);
    expect(applyRequestParameters(agent, request({ [wire]: null }), allowed).sampling).toEqual(own);
  });

  it('replaces the value of the agent, and nothing else', () => {
    const sampling = applyRequestParameters(agent, request({ [wire]: value }), allowed).sampling;
    expect(sampling).toEqual({ ...own, [name]: applied });
  });

  it('is ignored, and named as such, unless the agent allows it', () => {
    const sent = request({ [wire]: value });
    expect(applyRequestParameters(agent, sent, { canOverrideSamplings: false })).toBe(agent);
    expect(ignoredParameters(sent, { canOverrideSamplings: false })).toEqual([wire]);
    expect(ignoredParameters(sent, allowed)).toEqual([]);
  });
});

it.each(rows.filter(([, , zero]) => zero !== undefined))('takes 0 as a value of %s', (wire, name) => {
  const sampling = applyRequestParameters(agent, request({ [wire]: 0 }), {
    canOverrideSamplings: true,
  }).sampling;
  expect(sampling[name]).toBe(0);
});

it('never changes the agent that it is given', () => {
  const before = structuredClone(agent);
  const applied = applyRequestParameters(agent, request({ temperature: 0, stop: 'X' }), {
    canOverrideSamplings: true,
  });
  expect(agent).toEqual(before);
  expect(applied).not.toBe(agent);
});

it('prefers max_completion_tokens over the deprecated max_tokens', () => {
  const sent = request({ max_tokens: 1, max_completion_tokens: 2 });
  expect(applyRequestParameters(agent, sent, { canOverrideSamplings: true }).sampling.maxTokens).toBe(2);
});

it('ignores null from a caller in code, which no schema has parsed', () => {
  const sent = { temperature: null } as unknown as { temperature: number }; // because the type forbids what JavaScript allows
  expect(applyRequestParameters(agent, sent, { canOverrideSamplings: true }).sampling).toEqual(own);
});

describe('an agent that says which values requests may change', () => {
  const sent = request({ temperature: 0.1, top_p: 0.4, max_tokens: 5, max_completion_tokens: 6 });
  const byDefault = (canOverrideSamplings: boolean) => ({ canOverrideSamplings });

  it.each([true, false])('takes those and names the others, where the default is %s', (all) => {
    const some = { ...agent, allowOverrides: ['topP'] as const };
    expect(applyRequestParameters(some, sent, byDefault(all)).sampling).toEqual({ ...own, topP: 0.4 });
    expect(ignoredParameters(sent, { ...byDefault(all), allowOverrides: ['topP'] })).toEqual([
      'max_completion_tokens',
      'max_tokens',
      'temperature',
    ]);
  });

  it('takes all or none against the default', () => {
    const open = { ...agent, allowOverrides: true };
    expect(applyRequestParameters(open, sent, byDefault(false)).sampling).toMatchObject({
      maxTokens: 6,
      topP: 0.4,
    });
    const closed = { ...agent, allowOverrides: false };
    expect(applyRequestParameters(closed, sent, byDefault(true))).toBe(closed);
  });
});

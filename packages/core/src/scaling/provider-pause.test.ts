import { expect, test } from 'vitest';
import { blankLane, type Lane } from '../models/pacing/lane.ts';
import { areProvidersPaused } from './provider-pause.ts';

const nowMs = 1000;
const busy: Partial<Lane> = { calls: { worker: 3 } };
const paused: Partial<Lane> = { pausedUntilMs: 5000 };
const open: Partial<Lane> = { openMs: 5000, openUntilMs: 5000 };

test.each<[string, Record<string, Partial<Lane>>, boolean]>([
  ['nothing is known', {}, false],
  ['calls go through', { 'openai a': busy, 'openai a gpt': busy }, false],
  ['the only provider asked for a pause', { 'openai a': paused, 'openai a gpt': busy }, true],
  ['the only provider keeps failing', { 'openai a': open }, true],
  ['its circuit may be tried again', { 'openai a': { openMs: 5000, openUntilMs: 900 } }, false],
  ['another provider takes calls', { 'openai a': open, 'google b': busy, 'google b gem': busy }, false],
  ['another provider is not asked', { 'openai a': open, 'google b': { limit: 3, loweredAtMs: 900 } }, true],
  ['the only model asked for a pause', { 'openai a': busy, 'openai a gpt': { ...paused, ...busy } }, true],
  [
    'another model of the provider takes calls',
    { 'openai a': busy, 'openai a gpt': paused, 'openai a mini': busy },
    false,
  ],
])('%s', (_, lanes, expected) => {
  const named = Object.entries(lanes).map(([name, lane]) => ({ ...blankLane, ...lane, name }));
  expect(areProvidersPaused({ nowMs, lanes: named })).toBe(expected);
});

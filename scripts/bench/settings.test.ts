import { expect, test } from 'vitest';
import { parseSettings } from './settings.ts';

test('without flags every peer is warmed up with ten thousand requests', () => {
  expect(parseSettings([])).toMatchObject({ mode: 'default', warmUp: { requests: 10_000 }, save: false });
});

test('a quick run measures less', () => {
  expect(parseSettings(['--quick', '--save'])).toMatchObject({ mode: 'quick', rounds: 2, save: true });
});

test('a bad number of streams is named', () => {
  expect(() => parseSettings(['--streams', 'many'])).toThrow('--streams many');
  expect(parseSettings(['--streams', '3000']).streams).toBe(3000);
});

test('an unknown flag is refused', () => {
  expect(() => parseSettings(['--fast'])).toThrow(TypeError);
});

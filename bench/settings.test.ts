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
  expect(parseSettings(['--streams', '3000']).task).toEqual({ kind: 'streams', count: 3000 });
  expect(() => parseSettings(['--talking', '0'])).toThrow('--talking 0');
  expect(parseSettings(['--talking', '3000']).task).toEqual({ kind: 'talking', count: 3000 });
});

test('without a flag that says otherwise the peers are compared', () => {
  expect(parseSettings(['--full']).task).toEqual({ kind: 'compare' });
  expect(parseSettings(['--growth', '--quick'])).toMatchObject({ task: { kind: 'growth' }, mode: 'quick' });
  expect(parseSettings(['--batches']).task).toEqual({ kind: 'batches' });
  expect(parseSettings(['--backlog']).task).toEqual({ kind: 'backlog' });
  expect(parseSettings(['--telemetry']).task).toEqual({ kind: 'telemetry' });
  expect(parseSettings(['--console']).task).toEqual({ kind: 'console' });
});

test('two things to do at once are refused', () => {
  expect(() => parseSettings(['--growth', '--streams', '10'])).toThrow('--growth and --streams');
});

test('an unknown flag is refused', () => {
  expect(() => parseSettings(['--fast'])).toThrow(TypeError);
});

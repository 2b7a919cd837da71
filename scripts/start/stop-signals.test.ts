import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { watchStopSignals } from './stop-signals.ts';

test.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'])('the first %s drains', (event) => {
  const source = new EventEmitter();
  const { stop, force } = watchStopSignals(source);
  source.emit(event);
  expect([stop.aborted, force.aborted]).toEqual([true, false]);
});

test('the same Ctrl-C delivered twice drains; a second one ends at once', () => {
  const source = new EventEmitter();
  let nowMs = 0;
  const { force } = watchStopSignals(source, () => nowMs);
  source.emit('SIGINT');
  nowMs = 1000;
  source.emit('SIGINT');
  expect(force.aborted).toBe(false);
  nowMs = 1001;
  source.emit('SIGINT');
  expect(force.aborted).toBe(true);
});

import { expect, it } from 'vitest';
import { createTimeline } from './timeline.ts';

const usage = { promptTokens: 2, completionTokens: 3, cachedTokens: 0, reasoningTokens: 0 };
const call = (name: string) => ({ id: name, name, arguments: '{}' });

it('tells a run in parts: steps with the results of their calls, handoffs, texts, the end', () => {
  const timeline = createTimeline();
  timeline.add({ type: 'reasoning-delta', text: 'hm' });
  timeline.add({ type: 'step-calls', text: '', calls: [call('a'), call('b')], usage });
  timeline.add({ type: 'tool-result', index: 1, content: 'B', durationMs: 7 });
  timeline.add({ type: 'tool-result', index: 0, content: 'A' });
  timeline.add({
    type: 'step-calls',
    text: '',
    calls: [call('to')],
    usage,
    handoff: { index: 0, agent: 'poet' },
  });
  timeline.add({ type: 'text-delta', text: 'one ' });
  timeline.add({ type: 'text-delta', text: 'two' });
  timeline.add({ type: 'tool-call', index: 0, id: 'x', name: 'yours' });
  timeline.add({ type: 'tool-call-delta', index: 0, arguments: '{}' });
  timeline.add({ type: 'run-end', end: { reason: 'cancelled', by: 'client' } });
  expect(timeline.items).toMatchObject([
    { kind: 'reasoning', characters: 2 },
    {
      kind: 'step',
      tokens: 5,
      calls: [
        { name: 'a', result: 'A' },
        { name: 'b', result: 'B', durationMs: 7 },
      ],
    },
    { kind: 'step', handoff: 'poet', calls: [{ isHandoff: true }] },
    { kind: 'text', characters: 7 },
    { kind: 'client-call', name: 'yours' },
    { kind: 'end' },
  ]);
  expect([timeline.answer.text, timeline.reasoning.text]).toEqual(['one two', 'hm']);
});

it('keeps choices apart', () => {
  const timeline = createTimeline();
  timeline.add({ type: 'text-delta', text: 'first' });
  timeline.add({ type: 'text-delta', text: 'second', choice: 1 });
  timeline.add({ type: 'step-calls', text: '', calls: [call('a')], usage, choice: 1 });
  timeline.add({ type: 'step-calls', text: '', calls: [call('a')], usage });
  timeline.add({ type: 'tool-result', index: 0, content: 'A', choice: 1 });
  expect(timeline.items).toMatchObject([
    { choice: 0, characters: 5 },
    { choice: 1, characters: 6 },
    { choice: 1, calls: [{ result: 'A' }] },
    { choice: 0, calls: [{ result: undefined }] },
  ]);
  expect(timeline.answer.text).toBe('first');
});

it('tells what the members of a team do, each with its own steps', () => {
  const timeline = createTimeline();
  const end = { reason: 'completed', finishReason: 'stop', usage, processingMs: 1 } as const;
  for (const branch of ['task:facts', 'task:style']) {
    timeline.add({ type: 'branch-start', branch, agent: 'writer', startedAtMs: 0 });
    timeline.add({ type: 'step-calls', text: '', calls: [call('search')], usage, branch });
  }
  timeline.add({ type: 'tool-result', index: 0, content: 'facts', branch: 'task:facts' });
  timeline.add({ type: 'branch-end', branch: 'task:facts', agent: 'writer', text: 'all facts', end });
  expect(timeline.items).toMatchObject([
    { kind: 'branch', branch: 'task:facts', agent: 'writer', result: 'all facts', tokens: 5 },
    { kind: 'step', branch: 'task:facts', calls: [{ result: 'facts' }] },
    { kind: 'branch', branch: 'task:style', result: undefined },
    { kind: 'step', branch: 'task:style', calls: [{ result: undefined }] },
  ]);
});

it('bounds what it keeps, and always tells the end', () => {
  const timeline = createTimeline();
  for (let index = 0; index < 600; index += 1) {
    timeline.add({
      type: 'step-calls',
      text: '',
      calls: [{ ...call('a'), arguments: 'x'.repeat(10_000) }],
      usage,
    });
  }
  for (let index = 0; index < 30; index += 1) timeline.add({ type: 'text-delta', text: 'y'.repeat(10_000) });
  timeline.add({ type: 'run-end', end: { reason: 'cancelled', by: 'client' } });
  expect([timeline.items.length, timeline.leftOut]).toEqual([501, 130]);
  expect(timeline.items.at(-1)?.kind).toBe('end');
  const { text, cutBefore } = timeline.answer;
  expect(text.length + cutBefore).toBe(300_000);
  expect(text.length).toBeLessThanOrEqual(128 * 1024);
});

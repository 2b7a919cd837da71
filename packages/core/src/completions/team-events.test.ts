import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../runs/run-event.ts';
import { createCompletionGatherer } from './encode-completion.ts';
import { createNumberEvents } from './number-events.ts';

const usage = { promptTokens: 7, completionTokens: 5, cachedTokens: 0, reasoningTokens: 0 };
const done = { reason: 'completed', finishReason: 'stop', usage, processingMs: 12.4 } as const;
const header = { id: 'chatcmpl-1', created: 1, model: 'team', includeUsage: false };
const start = (branch: string, agent: string): RunEvent => ({
  type: 'branch-start',
  branch,
  agent,
  startedAtMs: 1,
});
const end = (branch: string, agent: string, text = 'private'): RunEvent => {
  return { type: 'branch-end', branch, agent, text, end: done };
};
const plan = { tasks: [{ description: 'Look', expected_output: 'Facts', member: 'scout', depends_on: [] }] };
const step = (branch: string, handoff: object = {}): RunEvent => ({
  type: 'step-calls',
  text: '',
  calls: [{ id: branch, name: 'look', arguments: '{"private":1}' }],
  usage,
  agent: 'scout',
  branch,
  ...handoff,
});

const events: readonly RunEvent[] = [
  start('plan', 'team'),
  end('plan', 'team', JSON.stringify(plan)),
  start('task:1', 'scout'),
  start('task:2', 'scout'),
  step('task:1'),
  step('task:2', { handoff: { index: 0, agent: 'poet' } }),
  { type: 'tool-result', index: 0, content: 'private', durationMs: 3, branch: 'task:1' },
  end('task:1', 'scout'),
  start('review:1', 'team'),
  end('review:1', 'team', '{"approved":false,"score":4,"feedback":"private"}'),
  start('revise:1', 'scout'),
  end('revise:1', 'scout'),
  start('answer', 'team'),
  { type: 'text-delta', text: 'Said.' },
  { type: 'run-end', end: { ...done, members: [{ agent: 'scout', usage }] } },
];

const members = [{ agent: 'scout', prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 }];
const lines = (showEvents: boolean, list = events) => createNumberEvents({ ...header, showEvents }, 0)(list);
const chunks = (showEvents: boolean) =>
  lines(showEvents)
    .filter(({ data }) => data !== '[DONE]')
    .map(({ data }) => JSON.parse(data));

describe('a team, to its client', () => {
  it('is its answer alone', () => {
    expect(chunks(false).map(({ choices, calute }) => [choices[0].delta, calute])).toEqual([
      [{ role: 'assistant', content: '' }, undefined],
      [{ content: 'Said.' }, undefined],
      [{}, { members }],
    ]);
    expect(JSON.stringify(lines(false))).not.toContain('private');
  });

  it('tells its progress to who asked for it, and nothing of what was said and found', () => {
    expect(chunks(true).flatMap(({ calute }) => (calute?.event === undefined ? [] : [calute]))).toEqual([
      { event: 'plan', tasks: [{ task: '1', agent: 'scout', description: 'Look', depends_on: [] }] },
      { event: 'task-start', task: '1', agent: 'scout' },
      { event: 'task-start', task: '2', agent: 'scout' },
      { event: 'tool-start', call_id: 'task:1', name: 'look', task: '1' },
      { event: 'handoff', from: 'scout', to: 'poet', task: '2' },
      { event: 'tool-end', call_id: 'task:1', name: 'look', ok: true, duration_ms: 3, task: '1' },
      { event: 'task-end', task: '1', agent: 'scout', duration_ms: 12 },
      { event: 'review', task: '1', agent: 'team', approved: false, score: 4 },
      { event: 'task-start', task: '1', agent: 'scout', round: 2 },
      { event: 'task-end', task: '1', agent: 'scout', round: 2, duration_ms: 12 },
      { event: 'answer-start', agent: 'team' },
    ]);
    expect(JSON.stringify(lines(true))).not.toContain('private');
  });

  it('can be resumed after any event', () => {
    const all = lines(true);
    for (const { id = 0 } of all)
      expect(createNumberEvents({ ...header, showEvents: true }, id)(events)).toEqual(all.slice(id));
  });

  it('is the same as one completion', () => {
    const gatherer = createCompletionGatherer(header);
    for (const event of events) if (event.type !== 'run-end') gatherer.add(event);
    const completion = gatherer.finish({ ...done, members: [{ agent: 'scout', usage }] });
    expect(completion).toMatchObject({ choices: [{ message: { content: 'Said.' } }], calute: { members } });
  });

  it('tells which results were cut off', () => {
    const cut: RunEvent = {
      type: 'branch-end',
      branch: 'task:1',
      agent: 'a',
      text: '',
      end: { ...done, finishReason: 'length' },
    };
    expect(JSON.parse(lines(true, [cut])[1]?.data ?? '').calute).toMatchObject({
      event: 'task-end',
      finish_reason: 'length',
    });
  });

  it('says nothing of plans and reviews that it cannot read', () => {
    const unreadable = [end('plan', 'team', '{"steps":[]}'), end('review:1', 'team', 'no')];
    expect(lines(true, unreadable)).toEqual([]);
  });
});

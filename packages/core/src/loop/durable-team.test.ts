import { expect, it } from 'vitest';
import { z } from 'zod';
import { defineAgent } from '../agent/define-agent.ts';
import { CaluteError } from '../errors.ts';
import { decodeEvents, encodeEvents } from '../runs/frame-payload.ts';
import type { RunEvent } from '../runs/run-event.ts';
import { readHistory } from '../runs/run-history.ts';
import { calls, countResults, type Script, says, startTeam } from './testing/scripted-team.ts';

/** What the tools have done, over all attempts at a run. */
type Effects = string[];

/**
 * A desk that looks something up and hands over in one step to a poet on its second model, who rhymes, hands back, and
 * gets the conversation once more: four turns with tools and handoffs, then a text.
 */
function createTeam(idempotent: boolean, effects: Effects) {
  const tool = (name: string) => ({
    description: name,
    parameters: z.object({}),
    execute: () => {
      effects.push(name);
      return `${name} done`;
    },
    idempotent,
  });
  const desk = defineAgent({
    id: 'desk',
    model: 'test:desk',
    instructions: 'You are the desk.',
    sampling: { temperature: 0 },
    tools: { look: tool('look') },
    handoffs: ['poet'],
  });
  const poet = defineAgent({
    id: 'poet',
    model: 'test:down',
    instructions: 'You are the poet.',
    tools: { rhyme: tool('rhyme') },
    handoffs: ['desk'],
    fallback: 'test:poet',
  });
  return [desk, poet] as const;
}

const overloaded = () => {
  throw new CaluteError('server_is_overloaded', 'Too much.');
};
const script: Script = {
  'test:desk': (call) =>
    countResults(call) === 0 ? calls('look', 'transfer_to_poet') : calls('transfer_to_poet'),
  'test:down': overloaded,
  'test:poet': (call) => {
    const results = countResults(call);
    if (results === 2) return calls('rhyme');
    return results === 3 ? calls('transfer_to_desk') : says('A rose.');
  },
};

interface Attempt {
  readonly idempotent: boolean;
  readonly effects: Effects;
  readonly committed?: ReturnType<typeof readHistory>['steps'];
  readonly script?: Script;
}

function start({ idempotent, effects, ...attempt }: Attempt) {
  return startTeam({ agents: createTeam(idempotent, effects), script, ...attempt });
}

/** What is in the log when the worker dies just before it would store the event after the first `count`. */
async function runUntil(count: number, attempt: Attempt): Promise<RunEvent[]> {
  const stored: RunEvent[] = [];
  for await (const events of start(attempt).events) {
    if (stored.length === count) break;
    stored.push(...events);
  }
  return decodeEvents(encodeEvents(stored));
}

async function finish(attempt: Attempt) {
  const run = start(attempt);
  const events = (await Array.fromAsync(run.events)).flat();
  return { events, asked: run.asked };
}

const wholeRun = 8; // step, look's result, step, rhyme's result, two steps that only hand over, text, end
const deaths = Array.from({ length: wholeRun - 1 }, (_, count) => count);

it('takes its four steps and answers when nothing happens', async () => {
  const effects: Effects = [];
  const { events, asked } = await finish({ idempotent: false, effects });
  expect(events).toMatchObject([
    { type: 'step-calls', handoff: { index: 1, agent: 'poet' } },
    { type: 'tool-result', index: 0 },
    { type: 'step-calls', agent: 'poet', model: 'test:poet' },
    { type: 'tool-result', index: 0 },
    { type: 'step-calls', agent: 'poet', model: 'test:poet', handoff: { index: 0, agent: 'desk' } },
    { type: 'step-calls', handoff: { index: 0, agent: 'poet' } },
    { type: 'text-delta', text: 'A rose.' },
    { type: 'run-end', end: { agent: 'poet' } },
  ]);
  expect(asked.map(({ model }) => model)).toEqual([
    'test:desk',
    'test:down',
    'test:poet',
    'test:poet',
    'test:desk',
    'test:down',
    'test:poet',
  ]);
  expect(effects).toEqual(['look', 'rhyme']);
});

it.each(deaths)(
  'goes on with the right agent, model and conversation when its worker dies after %i events',
  async (count) => {
    const whole = await finish({ idempotent: true, effects: [] });
    const stored = await runUntil(count, { idempotent: true, effects: [] });
    const { steps, hasLooseEnd } = readHistory(stored);
    const rest = await finish({ idempotent: true, effects: [], committed: steps });
    expect(rest.asked).toEqual(whole.asked.slice(-rest.asked.length));
    const { end } = z.object({ end: z.looseObject({ processingMs: z.number() }) }).parse(whole.events.at(-1));
    const said = [{ type: 'text-delta', text: 'A rose.' }];
    expect(rest.events.slice(-2)).toEqual([
      ...said,
      { type: 'run-end', end: { ...end, processingMs: expect.any(Number) } },
    ]);
    expect(hasLooseEnd).toBe(false);
  },
);

it.each(deaths)(
  'does nothing twice when its worker dies after %i events, and is in doubt only about tools',
  async (count) => {
    const effects: Effects = [];
    const { steps } = readHistory(await runUntil(count, { idempotent: false, effects }));
    const rest = await finish({ idempotent: false, effects, committed: steps }).catch(
      (error: unknown) => error,
    );
    expect(new Set(effects).size).toBe(effects.length);
    const last = steps.at(-1);
    const inDoubt = last?.calls.some(
      ({ name }, index) => !name.startsWith('transfer') && !last.results[index],
    );
    if (inDoubt) expect(rest).toMatchObject({ code: 'tool_outcome_unknown' });
    else
      expect(rest).toMatchObject({
        events: expect.arrayContaining([{ type: 'text-delta', text: 'A rose.' }]),
      });
  },
);

it('stays with the model that it fell back to, though the first is well again after the crash', async () => {
  const stored = await runUntil(4, { idempotent: true, effects: [] });
  const { steps } = readHistory(stored);
  const { asked } = await finish({
    idempotent: true,
    effects: [],
    committed: steps,
    script: { ...script, 'test:down': () => says('I am back.') },
  });
  expect(asked[0]?.model).toBe('test:poet');
});

it('asks an agent’s own model when the one that it had fallen back to is no longer in its file', async () => {
  const { steps } = readHistory(await runUntil(4, { idempotent: true, effects: [] }));
  const renamed = steps.map((step) => (step.model === undefined ? step : { ...step, model: 'test:gone' }));
  const { asked } = await finish({ idempotent: true, effects: [], committed: renamed });
  expect(asked.slice(0, 2).map(({ model }) => model)).toEqual(['test:down', 'test:poet']);
});

import { expect, it } from 'vitest';
import { z } from 'zod';
import { defineAgent } from '../agent/define-agent.ts';
import type { RunEvent } from '../runs/run-event.ts';
import { readHistory } from '../runs/run-history.ts';
import {
  callOf,
  modelEnd,
  runScripted,
  type ScriptedRun,
  startScripted,
  storeScripted,
} from './testing/scripted-run.ts';

/** Calls the tools `a`, `b` and `c` in one step, and then says how many results it got. */
const answer: ScriptedRun['answer'] = (_call, results) =>
  results === 0
    ? [...callOf('a', 0), ...callOf('b', 1), ...callOf('c', 2), modelEnd('tool_calls')]
    : [{ type: 'text-delta', text: `Done ${results}.` }, modelEnd('stop')];

interface Setting {
  readonly idempotent?: readonly string[];
  readonly parallelTools?: boolean;
  /** Told when a tool starts and when it is done. */
  readonly ran?: string[];
}

function agentOf({ idempotent = [], parallelTools = false, ran = [] }: Setting) {
  const tool = (name: string) => ({
    description: name,
    parameters: z.object({}),
    async execute() {
      ran.push(`${name} starts`);
      await Promise.resolve();
      ran.push(`${name} ends`);
      return name;
    },
    idempotent: idempotent.includes(name),
  });
  const tools = { a: tool('a'), b: tool('b'), c: tool('c') };
  return defineAgent({ id: 'ordered', model: 'offline:m', tools, parallelTools });
}

const inOrder = ['a starts', 'a ends', 'b starts', 'b ends', 'c starts', 'c ends'];

it('runs the calls of a step one after the other, in their order', async () => {
  const ran: string[] = [];
  await runScripted({ agent: agentOf({ ran }), answer });
  expect(ran).toEqual(inOrder);
});

it('runs them side by side without parallelTools: false', async () => {
  const ran: string[] = [];
  await runScripted({ agent: agentOf({ ran, parallelTools: true }), answer });
  expect(ran.slice(0, 3)).toEqual(['a starts', 'b starts', 'c starts']);
});

it('starts no call before the result of the one before it is stored', async () => {
  const ran: string[] = [];
  const startedWhenStored: number[] = [];
  for await (const [event] of startScripted({ agent: agentOf({ ran }), answer })) {
    // Storing takes its time, and the run must not go on meanwhile.
    await new Promise((resolve) => setImmediate(resolve));
    if (event?.type === 'tool-result') startedWhenStored.push(ran.length);
  }
  expect(startedWhenStored).toEqual([2, 4, 6]);
});

const resume = async (setting: Setting, stored: readonly RunEvent[]) => {
  const { steps } = readHistory(stored);
  return runScripted({ agent: agentOf(setting), answer, committed: steps });
};

it('has only the first open call in doubt: those behind it cannot have started', async () => {
  const idempotent = ['a'];
  const first = await storeScripted({ agent: agentOf({ idempotent }), answer }, 1);
  const ran: string[] = [];
  expect(await resume({ idempotent, ran }, first)).toContainEqual({ type: 'text-delta', text: 'Done 3.' });
  expect(ran).toEqual(inOrder);

  const second = await storeScripted({ agent: agentOf({ idempotent }), answer }, 2);
  await expect(resume({ idempotent }, second)).rejects.toMatchObject({ code: 'tool_outcome_unknown' });
});

it('has every open call in doubt of a step that began side by side, whatever the agent says now', async () => {
  const idempotent = ['a'];
  const stored = await storeScripted({ agent: agentOf({ idempotent, parallelTools: true }), answer }, 1);
  await expect(resume({ idempotent, parallelTools: false }, stored)).rejects.toMatchObject({
    code: 'tool_outcome_unknown',
  });
});

it('keeps to the order of a step that began so, whatever the agent says now', async () => {
  const idempotent = ['a', 'b', 'c'];
  const stored = await storeScripted({ agent: agentOf({ idempotent }), answer }, 1);
  const ran: string[] = [];
  await resume({ idempotent, ran, parallelTools: true }, stored);
  expect(ran).toEqual(inOrder);
});

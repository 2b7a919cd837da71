import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callTool, runAgent } from 'calute/testing';
import clock from '../agents/clock.ts';
import desk from '../agents/desk.ts';

test('the clock looks the time up before it answers', async () => {
  const run = await runAgent(clock, {
    messages: 'What time is it in Oslo?',
    model: [callTool('time', { zone: 'Europe/Oslo' }), 'Here you are.'],
  });
  assert.match(run.steps[0]?.calls[0]?.result ?? '', /^\d\d:\d\d:\d\d$/);
  assert.equal(run.answer, 'Here you are.');
});

test('the desk passes questions about the time on', async (t) => {
  const run = await runAgent(desk, {
    messages: 'What time is it?',
    model: [callTool('transfer_to_clock'), 'Noon.'],
    team: [clock],
  });
  assert.deepEqual(
    run.steps.map(({ agent }) => agent),
    ['desk', 'clock'],
  );
  t.diagnostic(`${run}`);
});

import { expect, it } from 'vitest';
import { createRunId } from '../ids.ts';
import type { ScriptClaim } from '../log/script-claim.ts';
import { toClaimOutcome } from '../log/script-replies.ts';
import { createDispatchInbox } from './dispatch-inbox.ts';
import type { TakenJob } from './taken-job.ts';

const claim: ScriptClaim = {
  lua: '',
  keys: ['', ''],
  controlChannel: 'control:one',
  args: [],
  toOutcome: toClaimOutcome,
};
const request = JSON.stringify({
  version: 1,
  chat: { model: 'echo', messages: [{ role: 'user', content: 'a b\nc' }] },
  showEvents: false,
});

function open() {
  let nowMs = 0;
  const jobs: TakenJob[] = [];
  const inbox = createDispatchInbox({ claim, now: () => nowMs });
  inbox.open((job) => jobs.push(job));
  const ids = Array.from({ length: 5 }, () => createRunId(0));
  const send = (number: number, text = request) =>
    inbox.receive(`run ${number} ${ids[number]} local 60000 1 ${text}`);
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { inbox, jobs, ids, send, pass };
}

it('reads a run as its first claim, whatever its request holds', () => {
  const { inbox, jobs, ids, send } = open();
  expect(send(1)).toBe(true);
  expect(jobs).toMatchObject([
    {
      job: { id: ids[1], token: `control:one:${ids[1]}`, starts: 1 },
      claim: { outcome: 'claimed', epoch: 1, seq: 0, remainingMs: 60_000, provisional: true },
    },
  ]);
  expect(jobs[0]?.claim).toHaveProperty('request.chat.messages.0.content', 'a b\nc');
  expect(inbox.came).toBe(1);
});

it('leaves other messages to others', () => {
  const { inbox, jobs, ids } = open();
  expect(inbox.receive(String(ids[0]))).toBe(false);
  expect(jobs).toEqual([]);
});

it('dooms a run that cannot be read', () => {
  const { jobs, send } = open();
  send(1, '{');
  expect(jobs[0]?.claim).toMatchObject({
    outcome: 'doomed',
    reason: expect.stringContaining('cannot be read'),
  });
});

it('waits a second for what has been sent, and takes it for lost then', () => {
  const { inbox, send, pass } = open();
  expect(inbox.compare({ sent: 1, unbroken: true })).toBe(false);
  pass(800);
  expect(inbox.compare({ sent: 2, unbroken: true })).toBe(false);
  send(1);
  pass(800);
  expect(inbox.compare({ sent: 2, unbroken: true })).toBe(false);
  pass(1100);
  expect(inbox.compare({ sent: 3, unbroken: true })).toBe(true);
  inbox.settle();
  expect(inbox.came).toBe(2);
  expect(inbox.compare({ sent: 2, unbroken: true })).toBe(false);
});

it.each([
  ['a number is left out', ({ send }: ReturnType<typeof open>) => [send(1), send(3)]],
  ['its channel was cut off', ({ inbox }: ReturnType<typeof open>) => inbox.suspectLoss()],
  [
    'the queue had forgotten it',
    ({ send, inbox }: ReturnType<typeof open>) => [send(1), inbox.compare({ sent: 1, unbroken: false })],
  ],
])('has a loss looked for when %s, once what was on its way must have come', (_, lose) => {
  const opened = open();
  lose(opened);
  const { inbox, pass } = opened;
  const compare = () => inbox.compare({ sent: inbox.came, unbroken: true });
  expect(compare()).toBe(false);
  pass(1100);
  expect(compare()).toBe(true);
  inbox.settle();
  expect(compare()).toBe(false);
});

it('suspects nothing when it is new', () => {
  const { inbox, pass } = open();
  expect(inbox.compare({ sent: 0, unbroken: false })).toBe(false);
  pass(1100);
  expect(inbox.compare({ sent: 0, unbroken: true })).toBe(false);
});

import { expect, it } from 'vitest';
import { ask } from '../support/chat-request.ts';
import { hangingAnswer } from '../support/gated-answer.ts';
import { contentOf, openSse, parseEvents } from '../support/read-sse.ts';
import { textAnswer } from '../support/scripted-upstream-chunks.ts';
import type { UpstreamStep } from '../support/scripted-upstream-script.ts';
import { passOn, prepareCalute, type TestAgent } from '../support/start-calute.ts';

type Turns = readonly (readonly UpstreamStep[])[];

/** A team of `a` and `b`; what its three models answer in turn, and which of them hangs when its worker is killed. */
interface LostTeam {
  readonly process: string;
  readonly tasks?: readonly object[];
  readonly turns: Readonly<Record<'lead' | 'a' | 'b', Turns>>;
  readonly hanging: 'lead' | 'a' | 'b';
  readonly answer: string;
  /** What its client has been told of the tasks, without the agents. */
  readonly progress: readonly string[];
}

const says = (text: string) => textAnswer([text]);
const json = (value: unknown) => says(JSON.stringify(value));
const hangs = hangingAnswer(['Half of it ']);
const task = (id: string, member: string, ...dependsOn: readonly string[]) => {
  return { id, description: `Do ${id}`, member, dependsOn };
};
const planned = (member: string, ...dependsOn: readonly number[]) => {
  return { description: 'Do it', expected_output: 'All', member, depends_on: dependsOn };
};

const teams: readonly LostTeam[] = [
  {
    process: 'sequential',
    tasks: [task('one', 'a'), task('two', 'b', 'one'), task('three', 'a', 'two')],
    turns: { lead: [], a: [says('One.'), says('Three.')], b: [hangs, says('Two.')] },
    hanging: 'b',
    answer: 'Three.',
    progress: ['task-start one', 'task-end one', 'task-start two', 'task-end two', 'task-start three'],
  },
  {
    process: 'parallel',
    tasks: [task('one', 'a'), task('two', 'b'), task('three', 'a', 'one', 'two')],
    turns: { lead: [], a: [says('One.'), says('Three.')], b: [hangs, says('Two.')] },
    hanging: 'b',
    answer: 'Three.',
    progress: ['task-start one', 'task-start two', 'task-end one', 'task-end two', 'task-start three'],
  },
  {
    process: 'hierarchical',
    tasks: [task('one', 'a')],
    turns: {
      lead: [hangs, json({ approved: false, score: 3, feedback: 'Better' }), says('Summed up.')],
      a: [says('One.'), says('Better one.')],
      b: [],
    },
    hanging: 'lead',
    answer: 'Summed up.',
    progress: [
      'task-start one',
      'task-end one',
      'review one',
      'task-start one',
      'task-end one',
      'answer-start',
    ],
  },
  {
    process: 'consensus',
    turns: { lead: [says('Agreed.')], a: [says('Yes.')], b: [hangs, says('Yes.')] },
    hanging: 'b',
    answer: 'Agreed.',
    progress: ['task-start A', 'task-start B', 'task-end A', 'task-end B', 'answer-start'],
  },
  {
    process: 'planned',
    turns: {
      lead: [json({ tasks: [planned('planned-a'), planned('planned-b', 1), planned('planned-a', 2)] })],
      a: [says('One.'), says('Three.')],
      b: [hangs, says('Two.')],
    },
    hanging: 'b',
    answer: 'Three.',
    progress: ['plan', 'task-start 1', 'task-end 1', 'task-start 2', 'task-end 2', 'task-start 3'],
  },
];

/** Members and models are called after their team's process. */
function toAgents({ process, tasks }: LostTeam): readonly TestAgent[] {
  const members = [`${process}-a`, `${process}-b`];
  const own = tasks?.map((one) => ({
    ...one,
    ...('member' in one ? { member: `${process}-${one.member}` } : {}),
  }));
  const team = { id: process, model: `openai:${process}-lead`, members, process };
  return [...passOn(...members), own === undefined ? team : { ...team, tasks: own }];
}

it('a worker that is killed under teams of every process leaves what is not done to another one', {
  timeout: 60_000,
}, async () => {
  await using installation = await prepareCalute(teams.flatMap(toAgents));
  const { upstream } = installation;
  for (const { process, turns } of teams)
    for (const [name, list] of Object.entries(turns))
      if (list.length > 0) await upstream.script(`${process}-${name}`, ...list);
  const [api, doomed] = await Promise.all([installation.startApi(), installation.startWorker()]);
  const url = `${api.url}/v1/chat/completions`;
  const headers = { 'x-calute-events': '1' };
  const streams = await Promise.all(
    teams.map(({ process }) => openSse(url, { body: { ...ask(process), stream: true }, headers })),
  );
  for (const [index, { process, hanging }] of teams.entries()) {
    await upstream.waitForRequests(`${process}-${hanging}`, 1);
    await streams[index]?.readUntil((text) => text.includes('"event":"task-end"'));
  }
  await installation.startWorker();
  expect(await doomed.stop('SIGKILL')).toBe('SIGKILL');
  for (const [index, { process, turns, answer, progress }] of teams.entries()) {
    const text = (await streams[index]?.readAll()) ?? '';
    expect(contentOf(text), process).toBe(answer);
    expect(text).toContain('[DONE]');
    const events = parseEvents(text);
    expect(events.map(({ id }) => id)).toEqual(events.map((_, at) => at + 1));
    expect(labelsOf(events, process).toSorted()).toEqual(progress.toSorted());
    // Each turn once: what is done is not asked for again.
    for (const [name, list] of Object.entries(turns))
      expect(await upstream.requests(`${process}-${name}`), `${process}-${name}`).toHaveLength(list.length);
  }
});

function labelsOf(events: readonly { readonly data: string }[], process: string): string[] {
  const shown = events.filter(({ data }) => data !== '[DONE]').map(({ data }) => JSON.parse(data).calute);
  return shown.flatMap((one) => {
    if (one?.event === undefined || one.event === 'queued') return [];
    const task = String(one.task ?? '')
      .replace(`${process}-a`, 'A')
      .replace(`${process}-b`, 'B');
    return [`${one.event} ${task}`.trim()];
  });
}

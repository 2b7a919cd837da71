import { describe, expect, it } from 'vitest';
import { defineTeam, type TeamDefinition } from '../agent/define-team.ts';
import { branchesOf, members, runScripted, type Script, says } from './testing/scripted-team-run.ts';

const agents = members('scout', 'writer', 'critic');
const lead = { id: 'team', model: 'test:lead', members: ['scout', 'writer', 'critic'] };
const team = (more: Partial<TeamDefinition>) => defineTeam({ ...lead, ...more });
const json = (value: unknown) => says(JSON.stringify(value));
/** Every model says its own name. */
const byName: Script = ({ model }) => says(`<${model}>`);

const facts = { id: 'facts', description: 'Find facts', expectedOutput: 'A list', member: 'scout' };
const views = { id: 'views', description: 'Find views', member: 'critic', dependsOn: [] };
const text = { id: 'text', description: 'Write', member: 'writer', dependsOn: ['facts'] };

describe('a sequential team', () => {
  it('gives each task what the one before it came to, and answers with the last', async () => {
    const { dependsOn, ...write } = text;
    const run = { team: team({ tasks: [facts, write] }), agents, script: byName };
    const { events, asked, answer } = await runScripted(run);
    expect(answer).toBe('<writer>');
    expect(asked.map(({ model }) => model)).toEqual(['scout', 'writer']);
    const [first, second] = asked.map((one) => one.text);
    expect(first).toMatch(/^Go\n\n.*Your task:\nFind facts\n\nExpected output: A list\n\n/s);
    expect(first).not.toContain('Results');
    expect(second).toContain('<result task="facts" member="scout">\n<scout>\n</result>');
    expect(branchesOf(events)).toEqual(['task:facts']);
  });

  it('gives a task that names what it depends on those results alone, and runs one at a time', async () => {
    const tasks = [
      text,
      views,
      { ...facts, dependsOn: [] },
      { id: 'end', description: 'End', member: 'critic', dependsOn: ['views'] },
    ];
    let open = 0;
    const script: Script = async ({ model }) => {
      open += 1;
      expect(open).toBe(1);
      await new Promise(setImmediate);
      open -= 1;
      return says(`<${model}>`);
    };
    const { asked } = await runScripted({ team: team({ tasks }), agents, script });
    expect(asked.map(({ model }) => model)).toEqual(['critic', 'scout', 'writer', 'critic']);
    expect(asked.at(-1)?.text).toContain('task="views"');
    expect(asked.at(-1)?.text).not.toContain('task="text"');
  });
});

describe('a parallel team', () => {
  it('does side by side what depends on nothing that is not done', async () => {
    const both = Promise.withResolvers<void>();
    let waiting = 0;
    const script: Script = async ({ model }) => {
      if (model !== 'writer') {
        waiting += 1;
        if (waiting === 2) both.resolve();
        await both.promise;
      }
      return says(`<${model}>`);
    };
    const end = { ...text, dependsOn: ['facts', 'views'] };
    const run = { team: team({ process: 'parallel', tasks: [end, facts, views] }), agents, script };
    const { asked, answer } = await runScripted(run);
    expect(answer).toBe('<writer>');
    expect(asked.at(-1)?.text).toMatch(/<scout>.*<critic>/s);
  });

  it('lets the lead answer from all results where several are left', async () => {
    const run = { team: team({ process: 'parallel', tasks: [facts, views] }), agents, script: byName };
    const { asked, answer } = await runScripted(run);
    expect(answer).toBe('<lead>');
    expect(asked.at(-1)?.text).toMatch(/Results:.*<scout>.*<critic>/s);
  });
});

describe('a hierarchical team', () => {
  const managed =
    (approved: boolean): Script =>
    ({ model, text: asked }) => {
      if (asked.includes('which member')) return json({ facts: 'critic' });
      if (asked.includes('review')) return json({ approved, score: 4, feedback: 'Name the sources' });
      return says(`<${model}>`);
    };
  const { member, ...open } = facts;

  it('has its lead assign, review and sum up', async () => {
    const run = { team: team({ process: 'hierarchical', tasks: [open] }), agents, script: managed(true) };
    const { events, asked, answer } = await runScripted(run);
    expect(branchesOf(events)).toEqual(['assign', 'task:facts', 'review:facts']);
    expect(asked.map(({ model }) => model)).toEqual(['lead', 'critic', 'lead', 'lead']);
    expect(answer).toBe('<lead>');
  });

  it('has a result improved once that was not approved', async () => {
    const run = { team: team({ process: 'hierarchical', tasks: [facts] }), agents, script: managed(false) };
    const { events, asked } = await runScripted(run);
    expect(branchesOf(events)).toEqual(['task:facts', 'review:facts', 'revise:facts']);
    const revision = asked.filter(({ model }) => model === 'scout').at(-1);
    expect(revision?.text).toMatch(/Find facts.*<scout>.*It was reviewed: Name the sources/s);
  });
});

describe('a team that seeks consensus', () => {
  it('asks every member the request itself, and lets the lead make one answer of theirs', async () => {
    const { asked, answer } = await runScripted({
      team: team({ process: 'consensus' }),
      agents,
      script: byName,
    });
    expect(asked.slice(0, 3).map((one) => one.text)).toEqual(['Go', 'Go', 'Go']);
    expect(asked.at(-1)?.text).toMatch(/<scout>.*<writer>.*<critic>/s);
    expect(answer).toBe('<lead>');
  });
});

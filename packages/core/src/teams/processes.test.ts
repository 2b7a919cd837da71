import { describe, expect, it } from 'vitest';
import { defineAgent } from '../agent/define-agent.ts';
import { defineTeam, type TeamDefinition } from '../agent/define-team.ts';
import { branchesOf, ends, members, runScripted, type Script, says } from './testing/scripted-team-run.ts';

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

const planned = {
  tasks: [
    { description: 'Look', expected_output: 'Facts', member: 'scout', depends_on: [] },
    { description: 'Write', expected_output: 'Text', member: 'writer', depends_on: [1] },
  ],
};

describe('a team that plans', () => {
  it('does what its lead has planned', async () => {
    const script: Script = ({ model, text: asked }) =>
      asked.includes('plan it') ? json(planned) : says(`<${model}>`);
    const { asked, answer } = await runScripted({ team: team({ process: 'planned' }), agents, script });
    expect(asked.map(({ model }) => model)).toEqual(['lead', 'scout', 'writer']);
    expect(asked[0]?.call.parameters.response_format).toMatchObject({
      type: 'json_schema',
      json_schema: { strict: true, schema: { properties: { tasks: { minItems: 1, maxItems: 10 } } } },
    });
    expect(answer).toBe('<writer>');
  });

  const one = planned.tasks[0];
  it.each([
    ['names somebody who is no member', { tasks: [{ ...one, member: 'nobody' }] }, /Invalid option/],
    ['leads in a circle', { tasks: [{ ...one, depends_on: [1] }] }, /circle: 1/],
    ['depends on what is not there', { tasks: [{ ...one, depends_on: [2] }] }, /"2", which is none/],
    ['has no tasks', { tasks: [] }, /Too small/],
    ['has too many', { tasks: Array.from({ length: 11 }, () => one) }, /Too big/],
    ['has a task that says nothing', { tasks: [{ ...one, description: ' ' }] }, /no description/],
    ['is something else', { steps: [] }, /does not fit/],
  ])('asks once more for a plan that %s, then ends with a typed error', async (_, plan, fault) => {
    const again: Script = ({ model, text: asked }) => {
      if (asked.includes('cannot be used')) return json(planned);
      return asked.includes('plan it') ? json(plan) : says(`<${model}>`);
    };
    const mended = await runScripted({ team: team({}), agents, script: again });
    expect(mended.asked[1]?.text).toMatch(fault);
    expect(mended.answer).toBe('<writer>');
    const stubborn = runScripted({ team: team({}), agents, script: () => json(plan) });
    await expect(stubborn).rejects.toMatchObject({
      code: 'invalid_structured_output',
      message: expect.stringMatching(/no usable plan.*/),
    });
  });

  it('does not take a plan that was cut off', async () => {
    const script: Script = () => [{ type: 'text-delta', text: '{"tasks":[' }, ends('length')];
    await expect(runScripted({ team: team({}), agents, script })).rejects.toMatchObject({
      code: 'invalid_structured_output',
    });
  });

  it('takes a plan in a code fence', async () => {
    const script: Script = ({ model, text: asked }) =>
      asked.includes('plan it') ? says(`\`\`\`json\n${JSON.stringify(planned)}\n\`\`\``) : says(`<${model}>`);
    expect((await runScripted({ team: team({}), agents, script })).answer).toBe('<writer>');
  });
});

describe('what a request says in its metadata', () => {
  const asks = (metadata: object, definition: Partial<TeamDefinition> = { tasks: [facts, text] }) => {
    const script: Script = ({ model, text: asked }) =>
      asked.includes('plan it') ? json(planned) : says(`<${model}>`);
    return runScripted({ team: team(definition), agents, script, request: { metadata } });
  };

  it('other metadata changes nothing', async () => {
    expect(branchesOf((await asks({ session: '7' })).events)).toEqual(['task:facts']);
  });

  it('task_mode lets the lead plan, or makes the request the only task', async () => {
    expect(branchesOf((await asks({ task_mode: true })).events)).toEqual(['plan', 'task:1']);
    const { events, asked, answer } = await asks({ task_mode: 'False' });
    expect([branchesOf(events), asked.map((one) => one.text), answer]).toEqual([[], ['Go'], '<scout>']);
  });

  it('process_type is the process', async () => {
    expect((await asks({ process_type: 'consensus' })).asked).toHaveLength(4);
    expect(branchesOf((await asks({ process_type: 'PLANNED' })).events)).toEqual(['plan', 'task:1']);
  });

  it('everybody is told the background', async () => {
    const { asked } = await asks({ background: 'It is for children.', task_mode: 'true' });
    for (const one of asked) expect(one.text).toContain('Background: It is for children.');
  });

  it.each([
    [{ metadata: { process_type: 'swarm' } }, 'invalid_request', 'metadata.process_type'],
    [{ metadata: { task_mode: 'maybe' } }, 'invalid_request', 'metadata.task_mode'],
    [{ n: 2 }, 'unsupported_parameter', 'n'],
    [{ tools: [{ type: 'function', function: { name: 'f' } }] }, 'unsupported_parameter', 'tools'],
  ])('refuses %o before anybody is asked', async (request, code, param) => {
    const script: Script = () => {
      throw new Error('Nobody is to be asked.');
    };
    const run = runScripted({ team: team({ tasks: [facts] }), agents, script, request });
    await expect(run).rejects.toMatchObject({ code, param });
  });
});

describe('what members are told', () => {
  it('their role and goal stand behind their instructions, and the conversation before the task', async () => {
    const scout = defineAgent({ id: 'scout', model: 'test:scout', instructions: () => 'Be brief.' });
    const one = { agent: 'scout', role: 'Researcher', goal: 'Facts alone' };
    const run = {
      team: defineTeam({ ...lead, members: [one], tasks: [facts] }),
      agents: [scout],
      script: byName,
      request: {
        messages: [
          { role: 'user', content: 'Hello' },
          { role: 'assistant', content: 'Hi' },
          { role: 'user', content: [{ type: 'text', text: 'Go' }] },
        ],
      },
    };
    const { asked } = await runScripted(run);
    expect(asked[0]?.call.messages).toEqual([
      { role: 'system', content: 'Be brief.\n\nYour role in your team: Researcher\nYour goal: Facts alone' },
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: 'Hi' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Go' },
          { type: 'text', text: expect.stringContaining('Find facts') },
        ],
      },
    ]);
  });

  it('the format that the client asks for is for the answer alone', async () => {
    const format = { type: 'json_object' };
    const script: Script = ({ model }) => says(model === 'writer' ? '{"a":1}' : 'plain');
    const run = {
      team: team({ tasks: [facts, text] }),
      agents,
      script,
      request: { response_format: format },
    };
    const { asked, answer } = await runScripted(run);
    expect(asked.map(({ call }) => call.parameters.response_format)).toEqual([undefined, format]);
    expect(answer).toBe('{"a":1}');
  });
});

import { describe, expect, it } from 'vitest';
import { defineTeam, type TeamDefinition } from '../agent/define-team.ts';
import { ends, members, runScripted, type Script, says } from './testing/scripted-team-run.ts';

const agents = members('scout', 'writer', 'critic');
const lead = { id: 'team', model: 'test:lead', members: ['scout', 'writer', 'critic'] };
const team = (more: Partial<TeamDefinition>) => defineTeam({ ...lead, ...more });
const json = (value: unknown) => says(JSON.stringify(value));

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

import { describe, expect, it } from 'vitest';
import { defineAgent } from '../agent/define-agent.ts';
import { defineTeam, type TeamDefinition } from '../agent/define-team.ts';
import type { AgentRequest } from '../request/agent-request.ts';
import type { ResponseFormat } from '../request/provider-fields.ts';
import {
  branchesOf,
  ends,
  members,
  runScripted,
  type Script,
  type ScriptedTeam,
  says,
} from './testing/scripted-team-run.ts';

const agents = members('scout', 'writer', 'critic');
const lead = { id: 'team', model: 'test:lead', members: ['scout', 'writer', 'critic'] };
const team = (more: Partial<TeamDefinition>) => defineTeam({ ...lead, ...more });
const json = (value: unknown) => says(JSON.stringify(value));

/** Every model says its own name. */
const byName: Script = ({ model }) => says(`<${model}>`);
const facts = { id: 'facts', description: 'Find facts', expectedOutput: 'A list', member: 'scout' };
const text = { id: 'text', description: 'Write', member: 'writer', dependsOn: ['facts'] };

const planned = {
  tasks: [
    { description: 'Look', expected_output: 'Facts', member: 'scout', depends_on: [] },
    { description: 'Write', expected_output: 'Text', member: 'writer', depends_on: [1] },
  ],
};

describe('what a request says in its metadata', () => {
  const asks = (
    metadata: Readonly<Record<string, string>>,
    definition: Partial<TeamDefinition> = { tasks: [facts, text] },
  ) => {
    const script: Script = ({ model, text: asked }) =>
      asked.includes('plan it') ? json(planned) : says(`<${model}>`);
    return runScripted({ team: team(definition), agents, script, request: { metadata } });
  };

  it('other metadata changes nothing', async () => {
    expect(branchesOf((await asks({ session: '7' })).events)).toEqual(['task:facts']);
  });

  it('task_mode lets the lead plan, or makes the request the only task', async () => {
    expect(branchesOf((await asks({ task_mode: 'true' })).events)).toEqual(['plan', 'task:1']);
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

  it.each<[Partial<AgentRequest>, string, string]>([
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
    const run: ScriptedTeam = {
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

  it('a result that was cut off says so', async () => {
    const script: Script = ({ model }) =>
      model === 'scout' ? [{ type: 'text-delta', text: 'Hal' }, ends('length')] : says(`<${model}>`);
    const { asked } = await runScripted({ team: team({ tasks: [facts, text] }), agents, script });
    expect(asked[1]?.text).toContain('<result task="facts" member="scout" cut_off="true">\nHal\n</result>');
  });

  it('the format that the client asks for is for the answer alone', async () => {
    const format: ResponseFormat = { type: 'json_object' };
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

import { describe, expect, test } from 'vitest';
import type { Agent, Instructions, Rules } from '../../agent/agent.ts';
import { defineAgent } from '../../agent/define-agent.ts';
import type { Message } from '../../request/message.ts';
import { createPrompt } from './create-prompt.ts';

const hi: Message = { role: 'user', content: 'hi' };

async function prompt(
  agent: Agent,
  messages: readonly Message[] = [hi],
  signal: AbortSignal = new AbortController().signal,
) {
  const request = { model: agent.id, messages };
  const made = await createPrompt({
    agent,
    request,
    resolveModel: () => expect.unreachable(),
    context: { runId: 'chatcmpl-1', tenant: 't', metadata: {}, user: 'Ann', now: new Date(0) },
    signal,
  });
  return made(request.messages);
}

const agentWith = (more: Pick<Partial<Agent>, 'instructions' | 'rules' | 'examples'>) =>
  defineAgent({ id: 'a', model: 'offline:echo', ...more });

test('an agent without a prompt of its own leaves the messages as they are', async () => {
  const messages: Message[] = [{ role: 'system', content: 'Be kind.' }, hi];
  for (const agent of [
    agentWith({}),
    agentWith({ instructions: '', rules: [], examples: [] }),
    agentWith({ instructions: () => '', rules: () => [] }),
  ]) {
    expect(await prompt(agent, messages)).toEqual(messages);
  }
});

describe('the system message', () => {
  const text = async (instructions?: Instructions, rules?: Rules) => {
    const made = {
      ...(instructions === undefined ? {} : { instructions }),
      ...(rules === undefined ? {} : { rules }),
    };
    const [first, ...rest] = await prompt(agentWith(made));
    expect(rest).toEqual([hi]);
    expect(first?.role).toBe('system');
    return first?.content;
  };

  test('says the instructions as they are, given or made for the run', async () => {
    expect(await text('Be brief.')).toBe('Be brief.');
    expect(await text(async ({ runId, now }) => `${runId} ${now.getTime()}`)).toBe('chatcmpl-1 0');
  });

  test('says the rules as a list behind the instructions, given or made for the run', async () => {
    expect(await text('Be brief.', ['No slang.', 'One thing\nper line.'])).toBe(
      'Be brief.\n\nRules:\n- No slang.\n- One thing\n  per line.',
    );
    expect(await text('Be brief.', async ({ user }) => [`Greet ${user}.`])).toBe(
      'Be brief.\n\nRules:\n- Greet Ann.',
    );
  });

  test('says the rules of an agent without instructions', async () => {
    expect(await text(undefined, ['No slang.'])).toBe('Rules:\n- No slang.');
  });
});

describe('instructions and rules that cannot be made', () => {
  const fail = () => {
    throw new Error('password=123');
  };
  // because an agent file may be plain JavaScript
  const nothing = (() => undefined) as unknown as () => string;
  const number = (() => [1]) as unknown as () => string[];

  test.each([
    ['instructions', { instructions: fail }],
    ['instructions', { instructions: nothing }],
    ['rules', { rules: fail }],
    ['rules', { rules: number }],
  ])('%s fail the agent, without telling why', async (name, made) => {
    await expect(prompt(agentWith(made))).rejects.toMatchObject({
      code: 'agent_failed',
      message: `The ${name} of the agent "a" could not be made.`,
    });
  });

  test('in time do not hold up an abort', async () => {
    const started = Promise.withResolvers<void>();
    const controller = new AbortController();
    const endless = () => {
      started.resolve();
      return new Promise<string>(() => {});
    };
    const made = prompt(agentWith({ instructions: endless }), [hi], controller.signal);
    await started.promise;
    const reason = new Error('cancelled');
    controller.abort(reason);
    await expect(made).rejects.toBe(reason);
  });
});

describe('examples', () => {
  const examples = [
    { user: 'one', assistant: 'eins' },
    { user: 'two', assistant: 'zwei' },
  ];
  const turns = [
    { role: 'user', content: 'one' },
    { role: 'assistant', content: 'eins' },
    { role: 'user', content: 'two' },
    { role: 'assistant', content: 'zwei' },
  ];

  test('are turns between the instructions and the client’s messages', async () => {
    const messages: Message[] = [hi, { role: 'assistant', content: 'hallo' }, hi];
    expect(await prompt(agentWith({ instructions: 'Translate.', examples }), messages)).toEqual([
      { role: 'system', content: 'Translate.' },
      ...turns,
      ...messages,
    ]);
  });

  test('stand behind the system messages that the client begins with', async () => {
    const opening: Message[] = [
      { role: 'system', content: 'To German.' },
      { role: 'developer', content: 'Be kind.' },
    ];
    const agent = agentWith({ examples });
    expect(await prompt(agent, [...opening, hi])).toEqual([...opening, ...turns, hi]);
    expect(await prompt(agent, opening)).toEqual([...opening, ...turns]);
  });
});

import { expect, test } from 'vitest';
import { defineAgent } from '../agent/define-agent.ts';
import type { ModelEvent } from '../models/model-provider.ts';
import type { AgentRequest } from '../request/agent-request.ts';
import { modelEnd, runScripted } from './testing/scripted-run.ts';

const agent = defineAgent({ id: 'a', model: 'offline:echo' });
const schema = { type: 'object', properties: { sky: { type: 'string' } }, required: ['sky'] };
const request: Partial<AgentRequest> = {
  response_format: { type: 'json_schema', json_schema: { name: 'weather', schema } },
};

const say = (...texts: string[]): ModelEvent[] => texts.map((text) => ({ type: 'text-delta', text }));
const good = [...say('{"sky":', '"clear"}'), modelEnd('stop')];
const bad = [...say('The sky is clear.'), modelEnd('stop')];
const fenced = [...say('```json\n{"sky":', '"clear"}', '\n```'), modelEnd('stop')];

/** What a client is shown of an answer that is given in these rounds, without the end. */
async function run(rounds: readonly (readonly ModelEvent[])[]) {
  let asked = 0;
  const answer = () => rounds[asked++] ?? [];
  const events = await runScripted({ agent, request, answer });
  return { shown: events.slice(0, -1), asked };
}

test('an answer in a code fence is shown without it, and not asked for again', async () => {
  expect(await run([fenced])).toEqual({ shown: say('{"sky":"clear"}'), asked: 1 });
  expect(await run([bad, fenced])).toEqual({ shown: say('{"sky":"clear"}'), asked: 2 });
});

test('an answer that does not fit in its fence either is asked for again', async () => {
  const wrong = [...say('```\n{"sky":1}\n```'), modelEnd('stop')];
  expect(await run([wrong, good])).toEqual({ shown: say('{"sky":', '"clear"}'), asked: 2 });
});

test('an answer has no fields of the one before it that was not shown, for its provider to take back', async () => {
  const signed = (signature: string): ModelEvent => ({
    type: 'opaque-delta',
    fields: { extra_content: { google: { thought_signature: signature } } },
  });
  const rounds = [
    [signed('bad'), ...bad],
    [signed('good'), ...good],
  ];
  const { shown } = await run(rounds);
  expect(shown.filter(({ type }) => type === 'opaque-delta')).toEqual([signed('good')]);
});

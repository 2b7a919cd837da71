import { OpenAI } from 'openai';
import { expect, it } from 'vitest';
import { gatedAnswer } from '../../support/gated-answer.ts';
import { failure, textAnswer } from '../../support/scripted-upstream-chunks.ts';
import { passOn, prepareCalute, share } from '../../support/start-calute.ts';

const calute = share(async () => {
  const installation = await prepareCalute(passOn('plain', 'slow', 'fails'));
  const [first, second] = await Promise.all([
    installation.startApi(),
    installation.startApi(),
    installation.startWorker(),
  ]);
  await installation.upstream.script('plain', textAnswer(['Yes']));
  const clientOf = (url: string) => new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 });
  return { ...installation, openai: clientOf(first.url), other: clientOf(second.url) };
});

it('grows by what is asked and said in it, across replicas', async () => {
  const { openai, other, upstream } = calute();
  const { id } = await openai.conversations.create({
    items: [{ type: 'message', role: 'user', content: 'I am Ada.' }],
    metadata: { topic: 'names' },
  });
  expect(id).toMatch(/^conv_/);
  await openai.responses.create({ model: 'plain', input: 'One', conversation: id });
  const second = await other.responses.create({ model: 'plain', input: 'Two', conversation: { id } });
  expect(second.conversation).toEqual({ id });
  const asked = (await upstream.requests('plain')).at(-1)?.body['messages'];
  expect(asked).toEqual([
    { role: 'user', content: 'I am Ada.' },
    { role: 'user', content: 'One' },
    { role: 'assistant', content: 'Yes' },
    { role: 'user', content: 'Two' },
  ]);
  const items = await Array.fromAsync(other.conversations.items.list(id, { order: 'asc', limit: 2 }));
  expect(items).toMatchObject([
    { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'I am Ada.' }] },
    { type: 'message', role: 'user', content: [{ text: 'One' }] },
    { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Yes', annotations: [] }] },
    { type: 'message', role: 'user', content: [{ text: 'Two' }] },
    { type: 'message', role: 'assistant', content: [{ text: 'Yes' }] },
  ]);
  expect(await openai.conversations.retrieve(id)).toMatchObject({ id, metadata: { topic: 'names' } });
});

it('adds, shows and takes out items', async () => {
  const { openai, upstream } = calute();
  const { id } = await openai.conversations.create({});
  const added = await openai.conversations.items.create(id, {
    items: [
      { type: 'message', role: 'user', content: 'Keep' },
      { type: 'message', role: 'user', content: 'Forget' },
    ],
  });
  const [kept, forgotten] = added.data.map((item) => item.id ?? '');
  expect(await openai.conversations.items.retrieve(kept ?? '', { conversation_id: id })).toMatchObject({
    content: [{ text: 'Keep' }],
  });
  await openai.conversations.items.delete(forgotten ?? '', { conversation_id: id });
  await openai.responses.create({ model: 'plain', input: 'Now', conversation: id });
  expect((await upstream.requests('plain')).at(-1)?.body['messages']).toMatchObject([
    { content: 'Keep' },
    { content: 'Now' },
  ]);
  await openai.conversations.update(id, { metadata: { done: 'yes' } });
  expect((await openai.conversations.retrieve(id)).metadata).toEqual({ done: 'yes' });
  await openai.conversations.delete(id);
  await expect(openai.conversations.retrieve(id)).rejects.toMatchObject({ code: 'conversation_not_found' });
});

it('lets one response at a time go on, and gives a retry with its key the same one', async () => {
  const { openai, other, upstream } = calute();
  await upstream.script('slow', gatedAnswer(['Wait'], 'go', [' done']));
  const { id } = await openai.conversations.create({});
  const asked = { model: 'slow', input: 'Hi', conversation: id };
  const headers = { 'Idempotency-Key': 'once' };
  const first = openai.responses.create(asked, { headers });
  await upstream.waitForRequests('slow', 1);
  // The run may be asked of its model a little before it is part of the conversation.
  await expect
    .poll(() =>
      other.responses.create(asked).then(
        () => 'answered',
        (error) => error.code,
      ),
    )
    .toBe('conversation_locked');
  const again = other.responses.create(asked, { headers });
  await upstream.release('go');
  expect((await again).id).toBe((await first).id);
  const items = await Array.fromAsync(openai.conversations.items.list(id));
  expect(items).toHaveLength(2);
});

it('leaves out what failed, so that it can be asked again', async () => {
  const { openai, upstream } = calute();
  await upstream.script('fails', failure(400, { error: { message: 'No.' } }), textAnswer(['Yes']));
  const { id } = await openai.conversations.create({});
  const asked = { model: 'fails', input: 'Hi', conversation: id };
  await expect(openai.responses.create(asked)).rejects.toMatchObject({ status: 400 });
  await openai.responses.create(asked);
  expect((await upstream.requests('fails')).at(-1)?.body['messages']).toEqual([
    { role: 'user', content: 'Hi' },
  ]);
});

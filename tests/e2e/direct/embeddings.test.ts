import { describe, expect, it } from 'vitest';
import type { UpstreamStep } from '../../support/scripted-upstream-script.ts';
import { share } from '../../support/start-calute.ts';
import { startDirect } from './start-direct.ts';

const calute = share(startDirect);

const json = (value: unknown, status = 200): UpstreamStep[] => [
  { type: 'head', status, headers: { 'content-type': 'application/json' } },
  { type: 'chunks', chunks: [JSON.stringify(value)] },
];

const vectors = (...data: readonly (readonly number[] | string)[]) =>
  json({
    object: 'list',
    model: 'up',
    data: data.map((embedding, index) => ({ object: 'embedding', index, embedding })).toReversed(),
    usage: { prompt_tokens: 7, total_tokens: 7 },
  });

describe('/v1/embeddings', () => {
  it('passes inputs on as they came and gives the vectors in their order, in the form that was asked for', async () => {
    const { openai, upstream } = calute();
    await upstream.script('vectors', vectors([0.5, -1, 0.25], [1, 2, 4]));
    const asked = { model: 'vectors', input: ['one', 'two'], dimensions: 3, user: 'ada' };
    const floats = await openai.embeddings.create({ ...asked, encoding_format: 'float' });
    expect(await calute().lastSent('vectors')).toEqual({
      path: '/v1/embeddings',
      body: { ...asked, encoding_format: 'float' },
    });
    expect(floats).toEqual({
      object: 'list',
      model: 'vectors',
      data: [
        { object: 'embedding', index: 0, embedding: [0.5, -1, 0.25] },
        { object: 'embedding', index: 1, embedding: [1, 2, 4] },
      ],
      usage: { prompt_tokens: 7, total_tokens: 7 },
    });
    // The package asks for base64 where nothing is said, and decodes it.
    const base64 = Buffer.from(new Float32Array([0.5, -1, 0.25]).buffer).toString('base64');
    await upstream.script('vectors', vectors(base64, base64));
    const { data } = await openai.embeddings.create({ model: 'vectors', input: [[1, 2], [3]] });
    expect(data[0]?.embedding).toEqual([0.5, -1, 0.25]);
    expect((await calute().lastSent('vectors')).body).toMatchObject({
      encoding_format: 'base64',
      input: [[1, 2], [3]],
    });
  });

  it('is a run: it is tried again, answers the same key once, and can be found by its id', async () => {
    const { post, url, upstream } = calute();
    await upstream.script('vectors', json({ error: { message: 'Busy' } }, 503), vectors([1, 2]));
    const before = (await upstream.requests('vectors')).length;
    const ask = () => post('embeddings', { model: 'vectors', input: 'one' }, { 'idempotency-key': 'once' });
    const [first, second] = [await ask(), await ask()];
    const id = first.headers.get('x-calute-run-id');
    expect(second.headers.get('x-calute-run-id')).toBe(id);
    expect(await second.json()).toEqual(await first.json());
    expect((await upstream.requests('vectors')).length - before).toBe(2);
    const found = await (await fetch(`${url}/v1/chat/completions/${id}`)).json();
    expect(found).toMatchObject({ status: 'completed', usage: { prompt_tokens: 7, total_tokens: 7 } });
  });

  it.each([
    [
      'a refusal of the provider',
      json({ error: { message: 'No such dimension', param: 'dimensions' } }, 400),
      400,
    ],
    ['an answer that is none', json({ object: 'list' }), 502],
    ['a vector that is none', vectors([]), 502],
    ['more vectors than inputs', vectors([1], [2]), 502],
  ])('answers %s with an error of its own', async (_, answer, status) => {
    const { openai, upstream } = calute();
    await upstream.script('vectors', answer);
    await expect(openai.embeddings.create({ model: 'vectors', input: 'one' })).rejects.toMatchObject({
      status,
    });
  });

  it('has offline vectors, the same for the same text, and nearer to each other the more words they share', async () => {
    const { openai } = calute();
    const input = ['the cat sat down', 'the cat sat up', 'stock prices fell'];
    const { data, usage } = await openai.embeddings.create({ model: 'offline', input, dimensions: 32 });
    const [cat = [], other = [], stock = []] = data.map(({ embedding }) => embedding);
    const again = await openai.embeddings.create({
      model: 'offline',
      input: input.slice(0, 1),
      dimensions: 32,
      encoding_format: 'float',
    });
    expect(again.data[0]?.embedding).toEqual([...cat]);
    expect(cat).toHaveLength(32);
    expect(usage.total_tokens).toBeGreaterThan(0);
    const near = (a: readonly number[], b: readonly number[]) =>
      a.reduce((sum, x, at) => sum + x * (b[at] ?? 0), 0);
    expect(near(cat, cat)).toBeCloseTo(1);
    expect(near(cat, other)).toBeGreaterThan(near(cat, stock));
  });
});

describe('a body that cannot be asked', () => {
  it.each<[string, object, number, string, string]>([
    ['embeddings', { model: 'vectors' }, 400, 'invalid_request', 'input'],
    ['embeddings', { model: 'vectors', input: '' }, 400, 'invalid_request', 'input'],
    ['embeddings', { model: 'vectors', input: [] }, 400, 'invalid_request', 'input'],
    ['embeddings', { model: 'vectors', input: ['a', ''] }, 400, 'invalid_request', 'input.1'],
    ['embeddings', { model: 'vectors', input: [1, -1] }, 400, 'invalid_request', 'input.1'],
    ['embeddings', { model: 'vectors', input: Array(2049).fill('a') }, 400, 'invalid_request', 'input'],
    ['embeddings', { model: 'vectors', input: 'a', dimensions: 0 }, 400, 'invalid_request', 'dimensions'],
    [
      'embeddings',
      { model: 'vectors', input: 'a', encoding_format: 'hex' },
      400,
      'invalid_request',
      'encoding_format',
    ],
    ['embeddings', { model: 'nobody', input: 'a' }, 404, 'model_not_found', 'model'],
    ['embeddings', { model: 'writer', input: 'a' }, 404, 'model_not_found', 'model'],
    [
      'chat/completions',
      { model: 'vectors', messages: [{ role: 'user', content: 'a' }] },
      404,
      'model_not_found',
      'model',
    ],
    ['responses', { model: 'vectors', input: 'a' }, 404, 'model_not_found', 'model'],
  ])('%s %j is %i %s', async (path, body, status, code, param) => {
    const response = await calute().post(path, body);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { code, param, message: expect.any(String) } });
  });

  it('names the models that serve what was asked for', async () => {
    const asked = calute().openai.embeddings.create({ model: 'writer', input: 'a' });
    await expect(asked).rejects.toThrow(
      '"writer" serves chat and completions, not embeddings; known: offline, vectors.',
    );
  });
});

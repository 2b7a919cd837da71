import { describe, expect, test } from 'vitest';
import { toUpstreamAnswer } from '../fake-upstream.ts';
import { toFetch } from './upstream-fetch.ts';

const post = (text: string, status = 200) => {
  const pieces = Array.from(Buffer.from(text), (byte) => Uint8Array.of(byte));
  return toFetch({
    post: async () => toUpstreamAnswer(new Response(ReadableStream.from(pieces), { status })),
  })('http://up.test/v1');
};

describe('an answer for a provider package', () => {
  test.each([': hi\n\ndata: {"a":1}\n\n', '\n\nevent: x\ndata: {}\n\n', ''])(
    'that is the stream %j stays what it is',
    async (text) => {
      expect(await (await post(text)).text()).toBe(text);
    },
  );

  test.each([
    [': hi\n\ndata: {"a":1}', '\n\n'],
    ['data: {}\r\n\r\nevent: x\r\ndata: {"a":\r\ndata: 1}\r\n', '\n\n'],
    ['data: {}\r\r', '\n\n'],
    ['data: {}\n\ndata: {"a"', ''],
    ['data: {}\n\ndata: {}\ndata: {"a"', ''],
    ['data: {}\n\n: hi', ''],
  ])('that is the stream %j ends with %j, as its last event is whole or not', async (text, end) => {
    expect(await (await post(text)).text()).toBe(text + end);
  });

  test.each([
    ['{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}', 503],
    ['[{"error":{"code":429,"message":"x","status":"RESOURCE_EXHAUSTED"}}]', 429],
    [' {"error":"x"}', 500],
  ])('that is the error %s has its status', async (text, status) => {
    const response = await post(text);
    expect([response.status, (await response.text()).trim()]).toEqual([status, text.trim()]);
  });

  test('that is other JSON is an error', async () => {
    await expect(post('{"type":"message","content":[]}')).rejects.toMatchObject({
      code: 'upstream_error',
      message: expect.stringContaining('up.test'),
    });
  });

  test('with a status of failure stays what it is', async () => {
    const response = await post('{"error":"x"}', 404);
    expect([response.status, await response.text()]).toEqual([404, '{"error":"x"}']);
  });
});

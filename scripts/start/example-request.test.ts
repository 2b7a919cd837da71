import { expect, test } from 'vitest';
import { exampleRequest, reachableUrl } from './example-request.ts';

const url = 'http://127.0.0.1:8080';

test('it asks an agent that is there: echo, else the first', () => {
  const [line] = exampleRequest({ url, needsKey: false, agents: ['writer', 'echo'] }, {});
  expect(line).toBe(
    `try: curl ${url}/v1/chat/completions -H 'content-type: application/json' -d '{"model":"echo","messages":[{"role":"user","content":"Hello"}]}'`,
  );
  const other = exampleRequest({ url, needsKey: false, agents: ['writer', 'poet'] }, {});
  expect(other.join()).toContain('"model":"writer"');
});

test('without an agent there is nothing to try', () => {
  expect(exampleRequest({ url, needsKey: false, agents: [] }, {})).toEqual([]);
});

test.each([
  [{ CALUTE_API_KEY: 'canary' }, 'the value of CALUTE_API_KEY'],
  [{}, 'npm run -s keys -- create'],
])('where a key is needed it says which one, and sends it', (env, hint) => {
  const lines = exampleRequest({ url, needsKey: true, agents: ['echo'] }, env);
  expect(lines).toEqual([
    expect.stringContaining(hint),
    expect.stringContaining('-H "authorization: Bearer $CALUTE_API_KEY"'),
  ]);
  expect(lines.join()).not.toContain('canary');
});

test.each([
  ['http://0.0.0.0:1', 'http://127.0.0.1:1'],
  ['http://[::]:1', 'http://[::1]:1'],
  ['http://192.168.0.2:1', 'http://192.168.0.2:1'],
])('a server at %s is asked at %s', (listening, asked) => {
  expect(reachableUrl(listening)).toBe(asked);
  const lines = exampleRequest({ url: listening, needsKey: false, agents: ['echo'] }, {});
  expect(lines.join()).toContain(`curl ${asked}/v1/`);
});

import { expect, test } from 'vitest';
import { parseLine } from './parse-line.ts';

const url = '/v1/chat/completions';
const good = { custom_id: 'a', method: 'POST', url, body: { model: 'm' } };

test('a line gives its id and its body', () => {
  expect(parseLine(JSON.stringify(good), url)).toEqual({
    outcome: 'line',
    line: { customId: 'a', body: { model: 'm' } },
  });
});

test.each([
  ['nonsense', 'invalid_json_line', null],
  ['7', 'invalid_json_line', null],
  ['null', 'invalid_json_line', null],
  ['[1]', 'invalid_json_line', null],
  [{ ...good, custom_id: undefined }, 'missing_custom_id', 'custom_id'],
  [{ ...good, custom_id: 7 }, 'invalid_custom_id', 'custom_id'],
  [{ ...good, custom_id: '' }, 'invalid_custom_id', 'custom_id'],
  [{ ...good, custom_id: 'x'.repeat(513) }, 'invalid_custom_id', 'custom_id'],
  [{ ...good, method: 'post' }, 'invalid_method', 'method'],
  [{ ...good, url: undefined }, 'mismatched_url', 'url'],
  [{ ...good, body: 'text' }, 'invalid_body', 'body'],
  [{ ...good, body: undefined }, 'invalid_body', 'body'],
  [{ ...good, body: { stream: true } }, 'invalid_body', 'body.stream'],
])('%j is refused as %s', (line, code, param) => {
  const text = typeof line === 'string' ? line : JSON.stringify(line);
  expect(parseLine(text, url)).toMatchObject({ outcome: 'fault', fault: { code, param } });
});

test('what is nested too deep is refused before it is parsed', () => {
  const deep = `{"custom_id":"a","body":{"x":${'['.repeat(10_000)}${']'.repeat(10_000)}}}`;
  expect(parseLine(deep, url)).toMatchObject({ fault: { code: 'invalid_json_line' } });
});

import { expect, test } from 'vitest';
import { describeMissingPath } from './missing-path.ts';

test.each([
  ['/chat/completions', '/v1/chat/completions'],
  ['//models', '/v1/models'],
  ['/models/echo', '/v1/models/echo'],
  ['/v1/v1/chat/completions', '/v1/chat/completions'],
])('for %s it names %s', (path, meant) => {
  const message = describeMissingPath('POST', path);
  expect(message).toContain(`There is no POST ${path}:`);
  expect(message).toContain(`did you mean ${meant}?`);
});

test.each(['/foo', '/api/v1/chat/completions', '/v1', '/v2/models', '/chatter'])(
  'for %s it says to add /v1',
  (path) => {
    expect(describeMissingPath('GET', path)).toMatch(/^There is no GET .*add it to the base URL/);
  },
);

test('below /v1 it says no more than that', () => {
  expect(describeMissingPath('GET', '/v1/foo')).toBe('There is no GET /v1/foo.');
});

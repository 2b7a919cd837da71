import { expect, test } from 'vitest';
import { describeMissingPath } from './missing-path.ts';

const routes = ['/v1/chat/completions', '/v1/models', '/v1/models/*id'];

test.each([
  ['/chat/completions', '/v1/chat/completions'],
  ['//models', '/v1/models'],
  ['/models/echo', '/v1/models/echo'],
  ['/v1/v1/chat/completions', '/v1/chat/completions'],
])('for %s it names %s', (path, meant) => {
  const message = describeMissingPath('POST', path, routes);
  expect(message).toContain(`There is no POST ${path}:`);
  expect(message).toContain(`did you mean ${meant}?`);
});

test.each(['/foo', '/api/v1/chat/completions', '/v1', '/v2/models', '/chatter'])(
  'for %s it says to add /v1',
  (path) => {
    expect(describeMissingPath('GET', path, routes)).toMatch(/^There is no GET .*add it to the base URL/);
  },
);

test('below /v1 it names the nearest route', () => {
  expect(describeMissingPath('GET', '/v1/modells', routes)).toBe(
    'There is no GET /v1/modells; the nearest route is /v1/models.',
  );
  expect(describeMissingPath('POST', '/v1/messages', routes)).toContain(
    '/v1/chat/completions or /v1/responses',
  );
});

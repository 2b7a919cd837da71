import { expect, test } from 'vitest';
import { findServer } from './server.ts';

test.each([
  [{}, {}, 'http://127.0.0.1:8080/v1', undefined],
  [{}, { CALUTE_URL: 'https://a.example/', CALUTE_API_KEY: 'k' }, 'https://a.example/v1', 'k'],
  [
    { url: 'http://b.example/v1/', key: 'own' },
    { CALUTE_URL: 'x', CALUTE_API_KEY: 'k' },
    'http://b.example/v1',
    'own',
  ],
  [{ url: 'http://b.example/calute' }, { CALUTE_API_KEY: '' }, 'http://b.example/calute/v1', undefined],
])('options %o and variables %o lead to %s', (options, env, baseUrl, key) => {
  expect(findServer(options, env)).toEqual({ baseUrl, key });
});

test('what is no URL of a server is refused', () => {
  expect(() => findServer({ url: 'localhost:8080' }, {})).toThrow('"localhost:8080" is no URL of a server');
});

import { expect, it } from 'vitest';
import { nearestRoute, showRoute } from './nearest-route.ts';

const routes = [
  '/v1/chat/completions',
  '/v1/chat/completions/:id',
  '/v1/chat/completions/:id/stream',
  '/v1/models',
  '/v1/models/*id',
  '/v1/responses',
  '/v1/responses/:id/cancel',
];

it.each([
  ['/v1/chat/completion', '/v1/chat/completions'],
  ['/v1/chat/completions/chatcmpl-1/steam', '/v1/chat/completions/{id}/stream'],
  ['/v1/response', '/v1/responses'],
  ['/v1/responses/resp_1/stop', '/v1/responses/{id}/cancel'],
  ['/v1/model', '/v1/models'],
  ['/v1/Chat/Completions/', '/v1/chat/completions'],
])('knows what %s was meant to be', (path, route) => {
  expect(showRoute(nearestRoute(path, routes) ?? '')).toBe(route);
});

it('is quick with a path of any length, and finds nothing among none', () => {
  expect(nearestRoute(`/v1/${'x'.repeat(100_000)}/${'y/'.repeat(10_000)}`, routes)).toMatch(/^\/v1/);
  expect(nearestRoute('/v1/x', [])).toBe(undefined);
});

import type { ServerResponse } from 'node:http';
import type { Scope } from '@calute/core/api-keys/api-key';
import { CaluteError } from '@calute/core/errors';
import type { RequestHandler, Router } from 'express';
import type { ApiParts } from '../api-parts.ts';
import { identify } from '../identity/identify.ts';
import { describeMissingPath } from './missing-path.ts';
import { type Call, pathOf, type Route } from './route.ts';

type MountParts = Pick<ApiParts, 'authenticate' | 'metrics'>;

/** Puts the routes on the router, each behind its scope; a path's other methods answer 405 with `Allow`. */
export function mountRoutes(router: Router, routes: readonly Route[], parts: MountParts): void {
  for (const [path, sharing] of Map.groupBy(routes, (route) => route.path)) {
    const mounted = router.route(path);
    for (const route of sharing) mounted[route.method](guard(route, parts));
    mounted.all(guard({ path, scope: undefined, handle: refuseMethod(sharing) }, parts));
  }
}

/** Answers 404 for everything else; below `/v1` only to those with a key, so that strangers learn nothing of the routes. */
export function mountUnknown(router: Router, parts: MountParts): void {
  router.use('/v1', guard({ path: 'unknown', scope: undefined, handle: refusePath }, parts));
  router.use((request, response) => {
    countEnd({ path: 'unknown', response }, parts);
    return refusePath({ request });
  });
}

interface Guarded {
  readonly path: string;
  readonly scope: Scope | undefined;
  handle(call: Call): Promise<void>;
}

function guard({ path, scope, handle }: Guarded, parts: MountParts): RequestHandler {
  return async (request, response) => {
    countEnd({ path, response }, parts);
    const identity = await identify(request, parts.authenticate, scope);
    // Not awaited here: what waits stays in memory for as long as the answer takes.
    return handle({ request, response, identity });
  };
}

interface Counted {
  readonly path: string;
  readonly response: ServerResponse;
}

/** 499 stands for a client that left before the end of its answer. */
function countEnd({ path, response }: Counted, { metrics }: MountParts): void {
  response.on('close', () => metrics.requestEnded(path, response.writableEnded ? response.statusCode : 499));
}

function refuseMethod(routes: readonly Route[]): (call: Call) => Promise<void> {
  const allowed = routes.map((route) => route.method.toUpperCase()).join(', ');
  return async ({ request, response }) => {
    response.setHeader('allow', allowed);
    throw new CaluteError(
      'method_not_allowed',
      `${request.method} is not allowed here; allowed: ${allowed}.`,
    );
  };
}

async function refusePath({ request }: Pick<Call, 'request'>): Promise<void> {
  throw new CaluteError('not_found', describeMissingPath(request.method ?? '', pathOf(request)));
}

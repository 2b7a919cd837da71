import { CaluteError } from '@calute/core/errors';
import type { RequestHandler } from 'express';
import { nearestRoute, showRoute } from './nearest-route.ts';

/** Answers 405 with `Allow`; stands last in each route: `.all(refuseMethod)`. */
export const refuseMethod: RequestHandler = (request, response) => {
  const allowed = [...new Set(request.route.stack.map(methodOf))]
    .filter((method) => method !== '')
    .join(', ');
  response.setHeader('allow', allowed);
  throw new CaluteError('method_not_allowed', `${request.method} is not allowed here; allowed: ${allowed}.`);
};

/** Empty for what stands in `all`. */
function methodOf({ method }: { readonly method?: string }): string {
  return (method ?? '').toUpperCase();
}

/** Answers 404: the last word on what no route has taken; names the route that comes nearest. */
export const refusePath: RequestHandler = ({ method, originalUrl, app }) => {
  const path = originalUrl.replace(/\?.*/s, '');
  throw new CaluteError(
    'not_found',
    `There is no ${method} ${path}${advise(path, listPaths(app.router.stack))}.`,
  );
};

function advise(path: string, routes: readonly string[]): string {
  if (/^\/v1\/messages(\/|$)/.test(path))
    return `: this server speaks OpenAI's APIs; post to /v1/chat/completions or /v1/responses`;
  if (path.startsWith('/v1/')) {
    const nearest = nearestRoute(path, routes);
    return nearest === undefined ? '' : `; the nearest route is ${showRoute(nearest)}`;
  }
  const withVersion = `/v1${path.replace(/\/+$/, '')}`;
  return routes.includes(withVersion) ? `; the route is ${withVersion}` : '';
}

function listPaths(stack: readonly { readonly route?: { readonly path: string } | undefined }[]): string[] {
  return stack.flatMap(({ route }) => (route?.path.startsWith('/v1/') ? [route.path] : []));
}

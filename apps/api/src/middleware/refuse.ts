import { CaluteError } from '@calute/core/errors';
import type { RequestHandler } from 'express';
import { describeMissingPath } from './missing-path.ts';

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

/** Answers 404: the last word on what no route has taken; names what may have been meant. */
export const refusePath: RequestHandler = ({ method, originalUrl, app }) => {
  const path = originalUrl.replace(/\?.*/s, '');
  throw new CaluteError('not_found', describeMissingPath(method, path, listPaths(app.router.stack)));
};

/** Of a route that has several, all; of one that is a pattern, none. */
function listPaths(stack: readonly { readonly route?: { readonly path: unknown } | undefined }[]): string[] {
  const paths = stack.flatMap(({ route }) => [route?.path].flat());
  return paths.filter((path) => typeof path === 'string').filter((path) => path.startsWith('/v1/'));
}

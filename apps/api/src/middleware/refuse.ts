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

/** Answers 404: the last word on what no route has taken. */
export const refusePath: RequestHandler = ({ method, originalUrl }) => {
  throw new CaluteError('not_found', describeMissingPath(method, originalUrl.replace(/\?.*/s, '')));
};

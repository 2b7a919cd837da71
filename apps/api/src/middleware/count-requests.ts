import type { RequestHandler } from 'express';
import type { ApiMetrics } from '../admin/api-metrics.ts';

/**
 * Counts each request at its end by its route's pattern; `unknown` is what was answered before it came to a route. Mount
 * routers without a prefix, so that the pattern is the whole path.
 */
export function countRequests(metrics: ApiMetrics): RequestHandler {
  return (request, response, next) => {
    response.on('close', () => {
      // 499 stands for a client that left before the end of its answer.
      const status = response.writableEnded ? response.statusCode : 499;
      metrics.requestEnded(routeOf(request.route), status);
    });
    next();
  };
}

function routeOf(route: { readonly path: string } | undefined): string {
  return route?.path ?? 'unknown';
}

import type { Express, RequestHandler } from 'express';
import { handleErrors } from './answers/handle-errors.ts';
import type { ApiParts } from './api-parts.ts';
import { createBareApp } from './bare-app.ts';
import { createRoutes } from './routes/create-routes.ts';
import { checkHealthRoute } from './routes/health.ts';
import { mountRoutes, mountUnknown } from './routes/mount-routes.ts';

/** The public app: OpenAI's routes under `/v1`, and `/health`. Every answer is JSON or SSE and has an `x-request-id`. */
export function createApp(parts: ApiParts): Express {
  const app = createBareApp();
  app.use(closeWhileDraining(parts));
  app.get('/health', checkHealthRoute(parts));
  mountRoutes(app, createRoutes(parts), parts);
  mountUnknown(app, parts);
  app.use(handleErrors(parts.logger));
  return app;
}

/** Keep-alive clients would otherwise send their next request here until the very end of the drain. */
function closeWhileDraining({ streams }: Pick<ApiParts, 'streams'>): RequestHandler {
  return (_request, response, next) => {
    if (streams.draining) response.setHeader('connection', 'close');
    next();
  };
}

import express, { type Express } from 'express';
import { handleErrors } from './answers/handle-errors.ts';
import { setRequestId } from './answers/request-id.ts';
import type { ApiParts } from './api-parts.ts';
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

/** What the public and the admin app have in common: no header that tells of express, no ETag, a request id first. */
export function createBareApp(): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', 'simple');
  app.use(setRequestId);
  return app;
}

/** Keep-alive clients would otherwise send their next request here until the very end of the drain. */
function closeWhileDraining({ streams }: Pick<ApiParts, 'streams'>): express.RequestHandler {
  return (_request, response, next) => {
    if (streams.draining) response.setHeader('connection', 'close');
    next();
  };
}

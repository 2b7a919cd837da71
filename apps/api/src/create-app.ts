import type { RequestListener } from 'node:http';
import { Router } from 'express';
import type { ApiParts } from './api-parts.ts';
import { createRoutes } from './routes/create-routes.ts';
import { checkHealthRoute } from './routes/health.ts';
import { mountRoutes, mountUnknown } from './routes/mount-routes.ts';
import { welcomeRoute } from './routes/welcome.ts';
import { serveRoutes } from './serve-routes.ts';

/** The public app: OpenAI's routes under `/v1`, `/health`, and a word of welcome. Every answer is JSON, SSE or that page, and has an `x-request-id`. */
export function createApp(parts: ApiParts): RequestListener {
  const router = Router();
  mountRoutes(router, createRoutes(parts), parts);
  router.get('/', welcomeRoute(parts));
  router.get('/health', checkHealthRoute(parts));
  mountUnknown(router, parts);
  const serve = serveRoutes(router, parts.logger);
  return (request, response) => {
    // Keep-alive clients would otherwise send their next request here until the very end of the drain.
    if (parts.streams.draining) response.setHeader('connection', 'close');
    serve(request, response);
  };
}

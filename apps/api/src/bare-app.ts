import express, { type Express } from 'express';
import { setRequestId } from './answers/request-id.ts';

/** What the public and the admin app have in common: no header that tells of express, no ETag, a request id first. */
export function createBareApp(): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', 'simple');
  app.use(setRequestId);
  return app;
}

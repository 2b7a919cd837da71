import type { Logger } from '@calute/core/logging/logger';
import express, { type Express } from 'express';
import type { Registry } from 'prom-client';
import { sendJson } from '../answers/send-json.ts';
import { answerErrors } from '../middleware/answer-errors.ts';
import { refusePath } from '../middleware/refuse.ts';
import { setRequestId } from '../middleware/request-id.ts';
import type { OpenStreams } from '../server/open-streams.ts';

/** How many workers there ought to be, for an autoscaler; a KEDA or HPA adapter reads single fields. */
export interface ScalingState {
  /** Runs that wait for a worker. */
  readonly backlog: number;
  readonly running: number;
  readonly liveWorkers: number;
  readonly desiredWorkers: number;
}

export interface AdminParts {
  readonly registry: Registry;
  /** Whether requests can be served; a rejection counts as no. */
  readonly ready: () => Promise<boolean>;
  readonly scaling: () => Promise<ScalingState>;
  readonly streams: OpenStreams;
  readonly logger: Logger;
}

/** The operator's app, for a port of its own: `/metrics`, `/livez`, `/readyz`, `/scaling`. No identity is asked for. */
export function createAdminApp({ registry, ready, scaling, streams, logger }: AdminParts): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag').use(setRequestId);
  app.get('/metrics', async (_request, response) => {
    response.setHeader('content-type', registry.contentType);
    response.end(await registry.metrics());
  });
  app.get('/livez', (_request, response) => sendJson(response, 200, { status: 'ok' }));
  app.get('/readyz', async (_request, response) => {
    const status = streams.draining ? 'draining' : (await ready().catch(() => false)) ? 'ok' : 'unavailable';
    sendJson(response, status === 'ok' ? 200 : 503, { status });
  });
  app.get('/scaling', async (_request, response) => sendJson(response, 200, await scaling()));
  app.use(refusePath, answerErrors(logger));
  return app;
}

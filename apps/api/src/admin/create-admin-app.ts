import type { Logger } from '@calute/core/logging/logger';
import type { Metrics } from '@calute/core/telemetry/metrics/create-metrics';
import express, { type Express } from 'express';
import { sendJson } from '../answers/send-json.ts';
import { answerErrors } from '../middleware/answer-errors.ts';
import { refusePath } from '../middleware/refuse.ts';
import { setRequestId } from '../middleware/request-id.ts';
import type { OpenStreams } from '../server/open-streams.ts';
import type { ScalingState } from './describe-scaling.ts';

export interface AdminParts {
  readonly metrics: Pick<Metrics, 'render' | 'contentType'>;
  /** Whether a run could be accepted now; a rejection counts as no. */
  readonly ready: () => Promise<boolean>;
  readonly scaling: () => Promise<ScalingState>;
  readonly streams: OpenStreams;
  readonly logger: Logger;
}

/** The operator's app, for a port of its own: `/metrics`, `/livez`, `/readyz`, `/scaling`. No identity is asked for. */
export function createAdminApp({ metrics, ready, scaling, streams, logger }: AdminParts): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag').use(setRequestId);
  app.get('/metrics', async (_request, response) => {
    response.setHeader('content-type', metrics.contentType);
    response.end(await metrics.render());
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

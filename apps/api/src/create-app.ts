import { parseEmbeddingRequest } from '@calute/core/protocol/direct/embedding-request';
import { parseTextRequest } from '@calute/core/protocol/direct/text-request';
import express, { type Express, type RequestHandler } from 'express';
import type { ApiParts } from './api-parts.ts';
import { mountConsole } from './console/mount-console.ts';
import { allowOrigins } from './middleware/allow-origins.ts';
import { answerErrors } from './middleware/answer-errors.ts';
import { countRequests } from './middleware/count-requests.ts';
import { identify, requireScope } from './middleware/identify.ts';
import { refuseMethod, refusePath } from './middleware/refuse.ts';
import { setRequestId } from './middleware/request-id.ts';
import { mountBatches } from './routes/batches/mount-batches.ts';
import { cancelRun } from './routes/cancel-run.ts';
import { chatCompletions } from './routes/chat-completions.ts';
import { mountConversations } from './routes/conversations/mount-conversations.ts';
import { askDirectly } from './routes/direct.ts';
import { mountFiles } from './routes/files/mount-files.ts';
import { followStream } from './routes/follow-stream.ts';
import { checkHealth } from './routes/health.ts';
import { listModels, oneModel } from './routes/models.ts';
import { mountResponses } from './routes/responses/mount-responses.ts';
import { listStored, mountStored } from './routes/stored/mount-stored.ts';
import { welcome } from './routes/welcome.ts';
import type { OpenStreams } from './server/open-streams.ts';
import { traceRequests } from './tracing/trace-requests.ts';

/** The public app: OpenAI's routes under `/v1`, `/health` and a welcome. Every answer has an `x-request-id`. */
export function createApp(parts: ApiParts): Express {
  const app = openApp(parts);
  app.get('/', welcome(parts));
  app.get('/health', checkHealth(parts));

  if (parts.console) mountConsole(app, parts.console, parts.settings);
  const infer = requireScope('infer');
  app.use('/v1', identify(parts.authenticate));
  app
    .route('/v1/chat/completions')
    .get(infer, listStored(parts))
    .post(infer, chatCompletions(parts))
    .all(refuseMethod);
  mountStored(app, parts);
  app.route('/v1/chat/completions/:id/stream').get(infer, followStream(parts)).all(refuseMethod);
  app.route('/v1/chat/completions/:id/cancel').post(infer, cancelRun(parts)).all(refuseMethod);
  app.route('/v1/models').get(infer, listModels(parts)).all(refuseMethod);
  app.route('/v1/models/*id').get(infer, oneModel(parts)).all(refuseMethod);
  app.route('/v1/completions').post(infer, askDirectly(parseTextRequest, parts)).all(refuseMethod);
  app.route('/v1/embeddings').post(infer, askDirectly(parseEmbeddingRequest, parts)).all(refuseMethod);
  mountResponses(app, parts);
  mountConversations(app, parts);
  mountFiles(app, parts);
  mountBatches(app, parts);

  app.use(refusePath, answerErrors(parts.logger));
  return app;
}

/** What every request passes before its route. Nothing here reads a body. */
function openApp({ settings, streams, metrics, tracing }: ApiParts): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag').set('trust proxy', settings.trustedProxies);
  app.use(setRequestId, closeWhileDraining(streams), countRequests(metrics));
  if (tracing !== undefined) app.use(traceRequests(tracing));
  if (settings.corsOrigins.length > 0) app.use(allowOrigins(settings.corsOrigins));
  return app;
}

/** Keep-alive clients would otherwise send their next request here until the very end of the drain. */
function closeWhileDraining(streams: OpenStreams): RequestHandler {
  return (_request, response, next) => {
    if (streams.draining) response.setHeader('connection', 'close');
    next();
  };
}

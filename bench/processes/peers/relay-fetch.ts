import { pipeline } from 'node:stream/promises';
import express from 'express';
import { serve, setting } from '../serve.ts';

// The least that stands between a client and a model: no queue, no log, nothing survives a crash.
const upstream = `${setting('UPSTREAM_URL')}/v1/chat/completions`;
const app = express();
app.post('/v1/chat/completions', express.json(), async (request, response) => {
  const answer = await fetch(upstream, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: request.get('authorization') ?? '' },
    body: JSON.stringify(request.body),
  });
  response.status(answer.status).set('content-type', answer.headers.get('content-type') ?? '');
  if (answer.body === null) response.end();
  else await pipeline(answer.body, response);
});
await serve(app);

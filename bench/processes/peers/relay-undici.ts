import { pipeline } from 'node:stream/promises';
import express from 'express';
import { Pool } from 'undici';
import { serve, setting } from '../serve.ts';

const upstream = new Pool(setting('UPSTREAM_URL'));
const app = express();
app.post('/v1/chat/completions', express.json(), async (request, response) => {
  const answer = await upstream.request({
    path: '/v1/chat/completions',
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: request.get('authorization') ?? '' },
    body: JSON.stringify(request.body),
  });
  response.status(answer.statusCode).set('content-type', String(answer.headers['content-type'] ?? ''));
  await pipeline(answer.body, response);
});
await serve(app);

import { OpenAI } from 'openai';
import { prepareCalute } from '../../support/start-calute.ts';

/** One agent that has everything and needs no provider, and one for each route. */
export async function startDirect() {
  const installation = await prepareCalute([
    { id: 'offline', model: 'offline:lorem', serves: ['completions', 'embeddings'], allowOverrides: true },
    { id: 'vectors', model: 'openai:vectors', serves: ['embeddings'] },
    { id: 'writer', model: 'openai:writer', serves: ['chat', 'completions'], allowOverrides: true },
  ]);
  const { upstream } = installation;
  const [api, worker] = await Promise.all([installation.startApi(), installation.startWorker()]);
  return {
    ...installation,
    url: api.url,
    worker,
    openai: new OpenAI({ baseURL: `${api.url}/v1`, apiKey: 'none', maxRetries: 0 }),
    /** What the upstream was asked last. */
    async lastSent(model: string) {
      const sent = (await upstream.requests(model)).at(-1);
      return { path: sent?.path, body: sent?.body };
    },
    post: (path: string, body: object, headers: Readonly<Record<string, string>> = {}) =>
      fetch(`${api.url}/v1/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
  };
}

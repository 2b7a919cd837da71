import type { UpstreamFetch } from '../upstream/upstream-fetch.ts';
import { toWellFormedJson } from './well-formed-json.ts';

/** For provider packages, which write the body themselves. */
export function sendWellFormed(fetch: UpstreamFetch): UpstreamFetch {
  return (url, init) => {
    const { body } = init ?? {};
    return fetch(url, typeof body === 'string' ? { ...init, body: toWellFormedJson(body) } : init);
  };
}

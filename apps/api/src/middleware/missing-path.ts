import { nearestRoute, showRoute } from './nearest-route.ts';

/** What clients ask for without the `/v1` that belongs before it. */
const belowVersion =
  /^\/+(chat|completions|models|responses|embeddings|files|uploads|batches|audio|images|conversations)(\/|$)/;

/** Says that there is no such path, and which one may have been meant: base URLs lack their `/v1` or have it twice. */
export function describeMissingPath(method: string, path: string, routes: readonly string[]): string {
  const missing = `There is no ${method} ${path}`;
  if (/^\/v1\/+v1(\/|$)/.test(path)) {
    const meant = path.replace(/^\/v1\/+v1/, '/v1');
    return `${missing}: /v1 stands there twice. The base URL ends in one /v1; did you mean ${meant}?`;
  }
  if (/^\/v1\/messages(\/|$)/.test(path)) {
    return `${missing}: this server speaks OpenAI's APIs; post to /v1/chat/completions or /v1/responses.`;
  }
  if (path.startsWith('/v1/')) {
    const nearest = nearestRoute(path, routes);
    return nearest === undefined ? `${missing}.` : `${missing}; the nearest route is ${showRoute(nearest)}.`;
  }
  if (belowVersion.test(path)) {
    return `${missing}: add /v1 to the base URL; did you mean /v1${path.replace(/^\/+/, '/')}?`;
  }
  return `${missing}. The API's paths begin with /v1: add it to the base URL. GET / says more.`;
}

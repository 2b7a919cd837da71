/** What clients ask for without the `/v1` that belongs before it. */
const belowVersion =
  /^\/+(chat|completions|models|responses|embeddings|files|uploads|batches|audio|images)(\/|$)/;

/** Says that there is no such path, and which one may have been meant: base URLs lack their `/v1` or have it twice. */
export function describeMissingPath(method: string, path: string): string {
  const missing = `There is no ${method} ${path}`;
  if (/^\/v1\/+v1(\/|$)/.test(path)) {
    const meant = path.replace(/^\/v1\/+v1/, '/v1');
    return `${missing}: /v1 stands there twice. The base URL ends in one /v1; did you mean ${meant}?`;
  }
  if (path.startsWith('/v1/')) return `${missing}.`;
  if (belowVersion.test(path)) {
    return `${missing}: add /v1 to the base URL; did you mean /v1${path.replace(/^\/+/, '/')}?`;
  }
  return `${missing}. The API's paths begin with /v1: add it to the base URL. GET / says more.`;
}

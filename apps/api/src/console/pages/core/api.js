import { signal } from '@preact/signals';

/** What whoever looks may do; undefined until it is known, null when there is nobody. */
export const session = signal(undefined);

/** The last thing that was done, for the status line. */
export const notice = signal('');

/** A refusal of the API, with its code. */
export class ApiFault extends Error {
  constructor(status, body) {
    super(body?.error?.message ?? `The server answered ${status}.`);
    this.status = status;
    this.code = body?.error?.code;
  }
}

/** Asks the console's API for JSON. Throws ApiFault; when the session is over the page asks for a key. */
export async function ask(path, { method = 'GET', body } = {}) {
  const response = await send(path, { method, body });
  const answer = await response.json().catch(() => undefined);
  if (!response.ok) throw new ApiFault(response.status, answer);
  return answer;
}

/** The same with the answer as it comes. */
export async function send(path, { method = 'GET', body, headers, signal: aborted } = {}) {
  const response = await fetch(`/console/api/${path}`, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: aborted,
  });
  if (response.status === 401 && path !== 'session') session.value = null;
  return response;
}

/** Finds out who looks. */
export async function loadSession() {
  try {
    session.value = await ask('session');
  } catch (fault) {
    if (!(fault instanceof ApiFault)) throw fault;
    session.value = null;
    return fault;
  }
  return undefined;
}

/** Does something and says what came of it in the status line. */
export async function act(doing, done) {
  try {
    const result = await doing();
    notice.value = done(result);
    return result;
  } catch (fault) {
    notice.value = fault.message;
    return undefined;
  }
}

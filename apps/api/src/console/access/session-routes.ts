import type { Identity } from '@calute/core/api-keys/authenticate';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { parseFields } from '../../admission/parse-fields.ts';
import { sendJson } from '../../answers/send-json.ts';
import { type AccessParts, type ConsoleAccess, exchangeKey, findAccess } from './console-access.ts';
import { assertSameOrigin } from './require-access.ts';
import { clearSessionCookie, readSessionCookie, setSessionCookie } from './session-cookie.ts';

const signInSchema = z.object({ key: z.string().min(1).max(1000) });

/** `GET`: what whoever looks may do. */
export function showSession(parts: AccessParts): RequestHandler {
  return async (request, response) => {
    const { by, identity } = await findAccess(request, parts);
    sendJson(response, 200, describe(by, identity));
  };
}

/** `POST`: a session in exchange for a key. */
export function signIn(parts: AccessParts): RequestHandler {
  return async (request, response) => {
    assertSameOrigin(request, 'nobody');
    const { key } = parseFields(signInSchema, request.body);
    const { token, identity } = await exchangeKey(key.trim(), parts);
    setSessionCookie(request, response, token);
    sendJson(response, 200, describe('session', identity));
  };
}

/** `DELETE`: the session is over, whoever has its cookie. */
export function signOut({ sessions }: AccessParts): RequestHandler {
  return async (request, response) => {
    assertSameOrigin(request, 'nobody');
    const token = readSessionCookie(request);
    if (token !== undefined) await sessions.close(token);
    clearSessionCookie(request, response);
    sendJson(response, 200, { signed_out: true });
  };
}

function describe(by: ConsoleAccess['by'], { tenant, scopes }: Identity) {
  const has = (scope: Identity['scopes'][number]) => scopes.includes(scope);
  const may = {
    change: has('admin'),
    content: has('content'),
    infer: has('infer'),
    files: has('files'),
    batches: has('batches'),
  };
  return { by, tenant, may };
}

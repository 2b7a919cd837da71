import type { Scope } from '@calute/core/api-keys/api-key';
import type { Authenticate, Identity } from '@calute/core/api-keys/authenticate';
import type { ConsoleSessions } from '@calute/core/api-keys/console-sessions';
import { hashSecret } from '@calute/core/api-keys/secret';
import { CaluteError } from '@calute/core/errors';
import type { Request } from 'express';
import { isLocalRequest } from '../../identity/loopback.ts';
import { bearerSecret } from '../../middleware/identify.ts';
import { readSessionCookie } from './session-cookie.ts';

/** Who looks, and how that is known: there is no key yet, by a session's cookie, or by a key as programs send it. */
export interface ConsoleAccess {
  readonly by: 'open' | 'session' | 'key';
  readonly identity: Identity;
}

export interface AccessParts {
  readonly authenticate: Authenticate;
  /** The identity of a key by its hash; undefined when it was revoked. */
  readonly identifyHash: (hash: string) => Promise<Identity | undefined>;
  readonly sessions: ConsoleSessions;
}

/** Finds out who looks. Throws `invalid_api_key`, `permission_denied`, `origin_not_allowed`, and what the store throws. */
export async function findAccess(request: Request, parts: AccessParts): Promise<ConsoleAccess> {
  const access = await findAnyAccess(request, parts);
  if (!mayLook(access.identity.scopes)) throw lacksScope('viewer');
  return access;
}

/** A session in exchange for a key. Throws `invalid_api_key`, `permission_denied`. */
export async function exchangeKey(
  secret: string,
  { authenticate, sessions }: AccessParts,
): Promise<{ readonly token: string; readonly identity: Identity }> {
  const found = await authenticate(secret);
  if (found.outcome !== 'authenticated')
    throw new CaluteError('invalid_api_key', 'This key is not known, or was revoked.');
  if (!mayLook(found.identity.scopes)) throw lacksScope('viewer');
  return { token: await sessions.open(hashSecret(secret)), identity: found.identity };
}

/** Whoever may change things may look at them. */
function mayLook(scopes: readonly Scope[]): boolean {
  return scopes.includes('viewer') || scopes.includes('admin');
}

export function lacksScope(scope: Scope): CaluteError {
  const also = scope === 'viewer' ? ' or "admin"' : '';
  const message = `This key lacks the scope "${scope}"${also}; create one: npm run keys -- create --name NAME --scopes ${scope}`;
  return new CaluteError('permission_denied', message);
}

async function findAnyAccess(request: Request, parts: AccessParts): Promise<ConsoleAccess> {
  const secret = bearerSecret(request.headers.authorization);
  const found = await parts.authenticate(secret);
  if (found.outcome === 'authenticated') return { by: 'key', identity: found.identity };
  if (found.outcome === 'open') {
    if (!isLocalRequest(request)) {
      const message = 'While no API key exists, only this machine may look, under a loopback name.';
      throw new CaluteError('origin_not_allowed', message);
    }
    return { by: 'open', identity: found.identity };
  }
  const token = secret === undefined ? readSessionCookie(request) : undefined;
  const session = token === undefined ? undefined : await parts.sessions.find(token);
  const identity = session && (await parts.identifyHash(session.secretHash));
  if (!identity) throw new CaluteError('invalid_api_key', 'Sign in with an API key.');
  return { by: 'session', identity };
}

import type { Scope } from '@calute/core/api-keys/api-key';
import type { Authenticate, Identity } from '@calute/core/api-keys/authenticate';
import { CaluteError } from '@calute/core/errors';
import type { Request, RequestHandler, Response } from 'express';
import { isLocalRequest } from '../identity/loopback.ts';

/**
 * Finds out who sends a request, before its body is read and before any route is looked for: strangers learn nothing.
 * Throws `invalid_api_key`, `origin_not_allowed`, and what `authenticate` throws.
 */
export function identify(authenticate: Authenticate): RequestHandler {
  return async (request, response, next) => {
    // The console has found out for its own requests, which carry a cookie in place of a key.
    response.locals['identity'] ??= await findIdentity(request, authenticate);
    next();
  };
}

/** Throws `permission_denied` when the key of this request lacks `scope`. */
export function requireScope(scope: Scope): RequestHandler {
  return (_request, response, next) => {
    if (!identityOf(response).scopes.includes(scope)) {
      throw new CaluteError('permission_denied', `This API key lacks the scope "${scope}".`);
    }
    next();
  };
}

/** Who sent the request that `response` answers. */
export function identityOf(response: Response): Identity {
  const identity: Identity | undefined = response.locals['identity'];
  if (identity === undefined) throw new Error('The route does not stand behind `identify`.');
  return identity;
}

async function findIdentity(request: Request, authenticate: Authenticate): Promise<Identity> {
  const secret = bearerSecret(request.headers.authorization);
  const authentication = await authenticate(secret);
  if (authentication.outcome === 'refused') throw refuse(secret);
  if (authentication.outcome === 'open' && !isLocalRequest(request)) {
    throw new CaluteError(
      'origin_not_allowed',
      'While no API key exists, only this machine may ask, under a loopback name. Create a key: npm run keys -- create --name NAME',
    );
  }
  return authentication.identity;
}

export function bearerSecret(authorization: string | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
}

function refuse(secret: string | undefined): CaluteError {
  const fault =
    secret === undefined
      ? 'No API key was sent. Send it as "Authorization: Bearer KEY"'
      : 'The API key is not known or was revoked';
  return new CaluteError('invalid_api_key', `${fault}; create one with: npm run keys -- create --name NAME`);
}

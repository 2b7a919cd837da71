import type { IncomingMessage } from 'node:http';
import type { Scope } from '@calute/core/api-keys/api-key';
import type { Authenticate, Identity } from '@calute/core/api-keys/authenticate';
import { CaluteError } from '@calute/core/errors';
import { isLocalRequest } from './loopback.ts';

/** Who sends `request`. Throws `invalid_api_key`, `permission_denied` without `scope`, `origin_not_allowed`. */
export async function identify(
  request: IncomingMessage,
  authenticate: Authenticate,
  scope: Scope | undefined,
): Promise<Identity> {
  const secret = bearerSecret(request.headers.authorization);
  const authentication = await authenticate(secret);
  if (authentication.outcome === 'refused') throw refuse(secret);
  if (authentication.outcome === 'open' && !isLocalRequest(request)) {
    throw new CaluteError(
      'origin_not_allowed',
      'While no API key exists, only this machine may ask, under a loopback name. Create a key: npm run keys -- create --name NAME',
    );
  }
  const { identity } = authentication;
  if (scope !== undefined && !identity.scopes.includes(scope)) {
    throw new CaluteError('permission_denied', `This API key lacks the scope "${scope}".`);
  }
  return identity;
}

function bearerSecret(authorization: string | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
}

function refuse(secret: string | undefined): CaluteError {
  const fault =
    secret === undefined
      ? 'No API key was sent. Send it as "Authorization: Bearer KEY"'
      : 'The API key is not known or was revoked';
  return new CaluteError('invalid_api_key', `${fault}; create one with: npm run keys -- create --name NAME`);
}

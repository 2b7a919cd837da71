import type { Scope } from '@calute/core/api-keys/api-key';
import { CaluteError } from '@calute/core/errors';
import type { Request, RequestHandler, Response } from 'express';
import { type AccessParts, type ConsoleAccess, findAccess, lacksScope } from './console-access.ts';

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Lets those through who may look; whoever changes something has to come from a page of this very origin. */
export function requireAccess(parts: AccessParts): RequestHandler {
  return async (request, response, next) => {
    const access = await findAccess(request, parts);
    if (!safeMethods.has(request.method)) assertSameOrigin(request, access.by);
    response.locals['console'] = access;
    response.locals['identity'] = access.identity;
    next();
  };
}

export function requireConsoleScope(scope: Scope): RequestHandler {
  return (_request, response, next) => {
    if (!accessOf(response).identity.scopes.includes(scope)) throw lacksScope(scope);
    next();
  };
}

export function accessOf(response: Response): ConsoleAccess {
  const access: ConsoleAccess | undefined = response.locals['console'];
  if (access === undefined) throw new Error('The route does not stand behind `requireAccess`.');
  return access;
}

/**
 * Browsers say with each change which origin it comes from; who says nothing is no browser, and has to send a key. Throws
 * `origin_not_allowed`.
 */
export function assertSameOrigin(request: Request, by: ConsoleAccess['by'] | 'nobody'): void {
  // The name by which the browser knows this server, also behind a proxy that is trusted.
  const { host } = request;
  const { origin } = request.headers;
  if (origin === undefined && by === 'key') return;
  if (origin !== undefined && hostOf(origin) === host?.toLowerCase()) return;
  const message =
    'Changes are made from the page of the console itself, or with an API key in Authorization.';
  throw new CaluteError('origin_not_allowed', message);
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) && /^https?:/i.test(origin) ? new URL(origin).host : undefined;
}

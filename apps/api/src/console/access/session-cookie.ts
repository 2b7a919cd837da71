import { sessionMs } from '@calute/core/api-keys/console-sessions';
import type { Request, Response } from 'express';

const name = 'calute_console';

/** The token that the request's cookie holds; undefined when there is none, or none of ours. */
export function readSessionCookie(request: Request): string | undefined {
  const cookies = (request.headers.cookie ?? '').split(/; */);
  const value = cookies.find((cookie) => cookie.startsWith(`${name}=`))?.slice(name.length + 1);
  return value !== undefined && /^[\w-]{43}$/.test(value) ? value : undefined;
}

/** No script reads it, no other site sends it, and it goes to the console alone; over TLS it goes over nothing else. */
export function setSessionCookie(request: Request, response: Response, token: string): void {
  response.cookie(name, token, { ...attributes(request), maxAge: sessionMs });
}

export function clearSessionCookie(request: Request, response: Response): void {
  response.clearCookie(name, attributes(request));
}

function attributes(request: Request) {
  return { httpOnly: true, sameSite: 'strict', path: '/console', secure: request.secure } as const;
}

import type { Request, RequestHandler, Response } from 'express';
import { sendJson } from '../answers/send-json.ts';
import type { ApiParts } from '../api-parts.ts';
import { isLocalRequest } from '../identity/loopback.ts';
import { type Welcome, welcomeBody, welcomePage } from '../welcome/welcome.ts';

type WelcomeParts = Pick<ApiParts, 'authenticate' | 'agents'>;

/** `GET /`: what this is and what to try, as a page for browsers, else as JSON. Wants no key, and never fails. */
export function welcome(parts: WelcomeParts): RequestHandler {
  return async (request, response) => {
    const isOpen = await isOpenTo(request, parts);
    const listed = isOpen ? await parts.agents.list().catch(() => []) : [];
    const told = { origin: originOf(request), agents: listed.map(({ id }) => id), needsKey: !isOpen };
    response.setHeader('vary', 'accept');
    response.setHeader('cache-control', 'no-store');
    if (wantsPage(request)) sendPage(response, told);
    else sendJson(response, 200, welcomeBody(told));
  };
}

/** Strangers learn no agents; nobody is told that no key is needed while that is unknown. */
async function isOpenTo(request: Request, { authenticate }: WelcomeParts): Promise<boolean> {
  const authentication = await authenticate(undefined).catch(() => undefined);
  return authentication?.outcome === 'open' && isLocalRequest(request);
}

function wantsPage({ headers }: Request): boolean {
  return /\btext\/html\b/i.test(headers.accept ?? '');
}

/** Behind a proxy that is the proxy's name; a name that is none is not repeated. */
function originOf({ headers, protocol, socket }: Request): string {
  const host = headers.host ?? '';
  const isName = /^(\[[\da-f:]+\]|[\w.-]+)(:\d{1,5})?$/i.test(host);
  return `${protocol}://${isName ? host : `127.0.0.1:${socket.localPort}`}`;
}

function sendPage(response: Response, told: Welcome): void {
  const bytes = Buffer.from(welcomePage(told));
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-length': bytes.length,
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
  });
  response.end(bytes);
}

import type { Request } from 'express';

/**
 * Whether a request comes to this machine from this machine, and not through a browser page of somewhere else: a page can
 * reach a loopback port by DNS rebinding, but its Host or Origin header then carries the foreign name. Behind a proxy that
 * is trusted, `ip` is what the proxy says.
 */
export function isLocalRequest(request: Request): boolean {
  const { host, origin } = request.headers;
  return (
    isLoopbackAddress(request.socket.localAddress) &&
    isLoopbackAddress(request.ip) &&
    isLoopbackHost(host) &&
    (origin === undefined || isLoopbackOrigin(origin))
  );
}

function isLoopbackAddress(address: string | undefined): boolean {
  return address !== undefined && (address === '::1' || /^(::ffff:)?127\./.test(address));
}

function isLoopbackHost(host: string | undefined): boolean {
  return host !== undefined && /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i.test(host);
}

function isLoopbackOrigin(origin: string): boolean {
  return /^https?:\/\//i.test(origin) && isLoopbackHost(origin.replace(/^https?:\/\//i, ''));
}

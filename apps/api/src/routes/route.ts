import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Scope } from '@calute/core/api-keys/api-key';
import type { Identity } from '@calute/core/api-keys/authenticate';
import type { Request } from 'express';

/** What the router adds to a request; an express app would add more. */
export type RoutedRequest = IncomingMessage & Pick<Request, 'params' | 'originalUrl'>;

/** One request to a route, after its sender is known. */
export interface Call {
  readonly request: RoutedRequest;
  readonly response: ServerResponse;
  readonly identity: Identity;
}

/** A path below `/v1` with what it takes to use it; the identity matrix test reads these. */
export interface Route {
  readonly method: 'get' | 'post' | 'delete';
  /** In express's syntax; also the `route` label of the metrics. */
  readonly path: string;
  readonly scope: Scope;
  /** Answers, or throws what becomes the error answer. */
  handle(call: Call): Promise<void>;
}

/** The value of a named path parameter; a wildcard's segments are joined again. */
export function pathParameter(request: RoutedRequest, name: string): string {
  const value = request.params[name];
  return Array.isArray(value) ? value.join('/') : (value ?? '');
}

/** The path that was asked for, without its query. */
export function pathOf({ originalUrl }: RoutedRequest): string {
  return originalUrl.replace(/\?.*/s, '');
}

import type { Scope } from '@calute/core/api-keys/api-key';
import type { Identity } from '@calute/core/api-keys/authenticate';
import type { Request, Response } from 'express';

/** One request to a route, after its sender is known. */
export interface Call {
  readonly request: Request;
  readonly response: Response;
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
export function pathParameter(request: Request, name: string): string {
  const value = request.params[name];
  return Array.isArray(value) ? value.join('/') : (value ?? '');
}

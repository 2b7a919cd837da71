import { httpAttributes } from '@calute/core/telemetry/tracing/gen-ai-conventions';
import type { Span, Tracing } from '@calute/core/telemetry/tracing/tracing';
import type { RequestHandler, Response } from 'express';

/**
 * Makes a span of each request, in the trace that its `traceparent` names, if it names one. Where tracing is off this is not
 * mounted, and costs nothing.
 */
export function traceRequests(tracing: Tracing): RequestHandler {
  return (request, response, next) => {
    const { method } = request;
    const parent = request.get('traceparent');
    const span = tracing.start(method, {
      kind: 'server',
      parent,
      attributes: { [httpAttributes.method]: method },
    });
    response.locals['span'] = span;
    response.on('close', () => {
      const route: { readonly path: string } | undefined = request.route;
      const status = response.writableEnded ? response.statusCode : 499;
      if (route !== undefined) span.rename(`${method} ${route.path}`);
      span.set({ [httpAttributes.status]: status, [httpAttributes.route]: route?.path ?? 'unknown' });
      span.end(status >= 500 ? String(status) : undefined);
    });
    next();
  };
}

/** The span of the request that is answered; undefined where tracing is off. */
function spanOf(response: Response): Span | undefined {
  return response.locals['span'];
}

/** For whoever does a part of the work. */
export function traceparentOf(response: Response): { readonly traceparent?: string } {
  const span = spanOf(response);
  return span === undefined ? {} : { traceparent: span.traceparent };
}

/** The span of what goes to the client, from its first events on. */
export interface RelaySpan {
  begin(): void;
  end(outcome: string): void;
}

/** Undefined where tracing is off. */
export function traceRelay(tracing: Tracing | undefined, response: Response | object): RelaySpan | undefined {
  const request = tracing && 'locals' in response ? spanOf(response) : undefined;
  if (tracing === undefined || request === undefined) return undefined;
  let span: Span | undefined;
  return {
    begin() {
      span ??= tracing.start('relay', { kind: 'internal', parent: request.traceparent });
    },
    end(outcome) {
      span?.set({ 'calute.relay.outcome': outcome });
      span?.end();
    },
  };
}

import type { RequestListener } from 'node:http';
import { CaluteError } from '@calute/core/errors';
import type { Logger } from '@calute/core/logging/logger';
import type { Router } from 'express';
import { failWith } from './answers/fail-with.ts';
import { setRequestId } from './answers/request-id.ts';

/** A router needs nothing of what an express app would put on a request and its response. */
type Routing = (...parts: [...Parameters<RequestListener>, next: (error?: unknown) => void]) => void;

/**
 * What a server calls: every answer has a request id, every failure becomes an envelope. Not an express app, which sets the
 * prototypes of every request and response: 3 % of the API under load.
 */
export function serveRoutes(router: Router, logger: Logger): RequestListener {
  const route = router as unknown as Routing; // because of `Routing`
  return (request, response) => {
    setRequestId(request, response);
    route(request, response, (error) =>
      failWith(error ?? new CaluteError('not_found', 'There is no such path.'), { response, logger }),
    );
  };
}

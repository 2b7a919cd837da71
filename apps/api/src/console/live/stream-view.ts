import { CaluteError } from '@calute/core/errors';
import type { RequestHandler, Response } from 'express';
import { sendJson } from '../../answers/send-json.ts';
import { type AccessParts, findAccess } from '../access/console-access.ts';
import { accessOf } from '../access/require-access.ts';
import { findView } from '../views/find-view.ts';
import type { ViewParts, ViewRequest } from '../views/view.ts';
import type { Hub } from './hub.ts';

/** `GET …/views/{view}`: what is shown now. */
export function readView(parts: ViewParts): RequestHandler<{ view: string }> {
  return async (request, response) => {
    const { view } = findView(request.params.view);
    const shown = await view(parts, toViewRequest(request.query, response))();
    sendJson(response, 200, shown);
  };
}

/** `GET …/live/{view}`: the same as server-sent events, each time that it changes. */
export function streamView(
  parts: ViewParts,
  { hub, access }: { readonly hub: Hub; readonly access: AccessParts },
): RequestHandler<{ view: string }> {
  return (request, response) => {
    const { view, everyTicks } = findView(request.params.view);
    const asked = toViewRequest(request.query, response);
    const read = view(parts, asked);
    if (request.method === 'HEAD') {
      begin(response);
      response.end();
      return;
    }
    const key = JSON.stringify([request.params.view, asked.content, Object.entries(asked.query).sort()]);
    const stop = hub.watch(
      { key, everyTicks, open: () => read },
      {
        send: (event) => !response.writableNeedDrain && (response.write(event) || true),
        end: () => void response.end(),
        mayLook: () =>
          findAccess(request, access).then(
            ({ identity }) => identity.scopes.includes('content') || !asked.content,
            (error: unknown) => CaluteError.is(error) && error.code === 'store_unavailable',
          ),
      },
    );
    response.on('close', stop);
    begin(response);
  };
}

function begin(response: Response): void {
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
  });
  response.write('retry: 2000\n\n');
}

function toViewRequest(query: object, response: Response): ViewRequest {
  // An empty field of a filter asks for nothing.
  const given = Object.entries(query).filter(([, value]) => value !== '');
  const content = accessOf(response).identity.scopes.includes('content');
  return { query: Object.fromEntries(given), content };
}

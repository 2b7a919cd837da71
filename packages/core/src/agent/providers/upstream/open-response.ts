import type { Dispatcher } from 'undici';
import { createResponseBody, type ResponseBody } from './response-body.ts';

export interface Response {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: ResponseBody;
}

export type ResponseRequest = Pick<
  Dispatcher.DispatchOptions,
  'origin' | 'path' | 'method' | 'headers' | 'body'
>;

/**
 * Sends a request and resolves with the headers of its response. Rejects, as the body does, with undici's errors; an abort
 * closes the socket, and its reason is the error.
 */
export function openResponse(
  dispatcher: Dispatcher,
  request: ResponseRequest,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  let controller: Dispatcher.DispatchController | undefined;
  let body: ResponseBody | undefined;
  const abort = () => {
    controller?.abort(toError(signal?.reason));
    fail(signal?.reason);
  };
  const fail = (error: unknown) => {
    signal?.removeEventListener('abort', abort);
    body?.finish(toError(error));
    reject(error);
  };
  signal?.addEventListener('abort', abort);
  dispatcher.dispatch(request, {
    onRequestStart(started) {
      controller = started;
      if (signal?.aborted === true) started.abort(toError(signal.reason));
    },
    onResponseStart(started, status, headers) {
      if (status < 200) return;
      body = createResponseBody(started);
      resolve({ status, headers, body });
    },
    onResponseData: (_, chunk) => body?.push(chunk),
    onResponseEnd() {
      signal?.removeEventListener('abort', abort);
      body?.finish();
    },
    onResponseError: (_, error) => fail(error),
  });
  return promise;
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('The request was aborted.', { cause: reason });
}

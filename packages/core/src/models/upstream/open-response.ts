import type { Dispatcher } from 'undici';
import { ResponseBody } from './response-body.ts';

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
  return new Promise((resolve, reject) => {
    dispatcher.dispatch(request, new ResponseHandler(signal, { resolve, reject }));
  });
}

type Settle = Pick<PromiseWithResolvers<Response>, 'resolve' | 'reject'>;

/** Stays as long as the response is open, and listens to the signal itself. */
class ResponseHandler implements Dispatcher.DispatchHandler {
  readonly #signal: AbortSignal | undefined;
  readonly #settle: Settle;
  #controller: Dispatcher.DispatchController | undefined;
  #body: ResponseBody | undefined;

  constructor(signal: AbortSignal | undefined, settle: Settle) {
    this.#signal = signal;
    this.#settle = settle;
    signal?.addEventListener('abort', this);
  }

  /** For the signal: it aborts. */
  handleEvent(): void {
    const reason = this.#signal?.reason;
    this.#controller?.abort(toError(reason));
    this.#fail(reason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#signal?.aborted === true) controller.abort(toError(this.#signal.reason));
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Response['headers'],
  ): void {
    if (status < 200) return;
    // They are read; kept, they would keep what they were read from as long as the stream is open.
    controller.rawHeaders = null;
    this.#body = new ResponseBody(controller);
    this.#settle.resolve({ status, headers, body: this.#body });
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Uint8Array): void {
    this.#body?.push(chunk);
  }

  onResponseEnd(): void {
    this.#signal?.removeEventListener('abort', this);
    this.#body?.finish();
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#fail(error);
  }

  #fail(error: unknown): void {
    this.#signal?.removeEventListener('abort', this);
    this.#body?.finish(toError(error));
    this.#settle.reject(error);
  }
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('The request was aborted.', { cause: reason });
}

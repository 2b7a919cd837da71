import { Dispatcher } from 'undici';
import { expect, test } from 'vitest';
import { openResponse } from './open-response.ts';

/** A dispatcher that leaves each request to the test. */
class Held extends Dispatcher {
  handler: Dispatcher.DispatchHandler | undefined;

  override dispatch(_: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    this.handler = handler;
    return true;
  }
}

const request = { origin: 'http://up.test', path: '/', method: 'POST', body: '' } as const;

test('an abort before there is a connection does not wait for one, and then leaves it', async () => {
  const dispatcher = new Held();
  const abort = new AbortController();
  const reason = new Error('the client left');
  const opening = openResponse(dispatcher, request, abort.signal);
  abort.abort(reason);
  await expect(opening).rejects.toBe(reason);
  const { promise, resolve } = Promise.withResolvers<Error>();
  const controller = {
    aborted: false,
    paused: false,
    reason: null,
    abort: resolve,
    pause: () => undefined,
    resume: () => undefined,
  };
  dispatcher.handler?.onRequestStart?.(controller, {});
  expect(await promise).toBe(reason);
});

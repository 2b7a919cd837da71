import type { Dispatcher } from 'undici';
import type { DestroyableBody } from './upstream-body.ts';

/** The end that the connection writes to. */
export interface ResponseBody extends DestroyableBody {
  push(chunk: Uint8Array): void;
  /** No more comes; with `error` because it broke off. What came before is still read. */
  finish(error?: Error): void;
}

type Chunk = IteratorResult<Uint8Array, undefined>;

/** As much as node's streams hold by default. */
const maxHeldBytes = 65_536;
const done: Chunk = { done: true, value: undefined };

/**
 * A body for one reader, that holds up its connection when the reader does not keep up. In place of undici's own, a node
 * stream that is read through two async iterators: 2.5 us less for each chunk.
 */
export function createResponseBody(controller: Dispatcher.DispatchController): ResponseBody {
  const held: Uint8Array[] = [];
  let heldBytes = 0;
  let waiting: PromiseWithResolvers<Chunk> | undefined;
  let end: { readonly error: Error | undefined } | undefined;

  const finish = (error?: Error) => {
    end ??= { error };
    if (error === undefined) waiting?.resolve(done);
    else waiting?.reject(error);
    waiting = undefined;
  };
  const next = (): Promise<Chunk> => {
    const value = held.shift();
    if (value !== undefined) {
      heldBytes -= value.length;
      if (held.length === 0) controller.resume();
      return Promise.resolve({ done: false, value });
    }
    if (end !== undefined) return end.error === undefined ? Promise.resolve(done) : Promise.reject(end.error);
    waiting = Promise.withResolvers();
    return waiting.promise;
  };
  const destroy = (reason?: Error) => {
    held.length = 0;
    if (end !== undefined) return;
    const error = reason ?? new Error('The reader of the response has left.');
    finish(error);
    controller.abort(error);
  };
  return {
    push(value) {
      if (end !== undefined) return;
      if (waiting !== undefined) {
        waiting.resolve({ done: false, value });
        waiting = undefined;
        return;
      }
      held.push(value);
      heldBytes += value.length;
      if (heldBytes >= maxHeldBytes) controller.pause();
    },
    finish,
    destroy,
    [Symbol.asyncIterator]: () => ({ next }),
  };
}

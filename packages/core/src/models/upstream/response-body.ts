import type { Dispatcher } from 'undici';
import type { DestroyableBody } from './upstream-body.ts';

type Chunk = IteratorResult<Uint8Array, undefined>;

/** As much as node's streams hold by default. */
const maxHeldBytes = 65_536;
const done: Chunk = { done: true, value: undefined };

/**
 * A body for one reader, that holds up its connection when the reader does not keep up. In place of undici's own, a node
 * stream that is read through two async iterators: 2.5 us less for each chunk.
 */
export class ResponseBody implements DestroyableBody, AsyncIterator<Uint8Array, undefined> {
  readonly #controller: Dispatcher.DispatchController;
  readonly #held: Uint8Array[] = [];
  #heldBytes = 0;
  #waiting: PromiseWithResolvers<Chunk> | undefined;
  #end: { readonly error: Error | undefined } | undefined;

  constructor(controller: Dispatcher.DispatchController) {
    this.#controller = controller;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Chunk> {
    const value = this.#held.shift();
    if (value !== undefined) {
      this.#heldBytes -= value.length;
      if (this.#held.length === 0) this.#controller.resume();
      return Promise.resolve({ done: false, value });
    }
    const end = this.#end;
    if (end !== undefined) return end.error === undefined ? Promise.resolve(done) : Promise.reject(end.error);
    this.#waiting = Promise.withResolvers();
    return this.#waiting.promise;
  }

  destroy(reason?: Error): void {
    this.#held.length = 0;
    if (this.#end !== undefined) return;
    const error = reason ?? new Error('The reader of the response has left.');
    this.finish(error);
    this.#controller.abort(error);
  }

  /** For the connection. */
  push(value: Uint8Array): void {
    if (this.#end !== undefined) return;
    if (this.#waiting !== undefined) {
      this.#waiting.resolve({ done: false, value });
      this.#waiting = undefined;
      return;
    }
    this.#held.push(value);
    this.#heldBytes += value.length;
    if (this.#heldBytes >= maxHeldBytes) this.#controller.pause();
  }

  /** For the connection: no more comes; with `error` because it broke off. What came before is still read. */
  finish(error?: Error): void {
    this.#end ??= { error };
    if (error === undefined) this.#waiting?.resolve(done);
    else this.#waiting?.reject(error);
    this.#waiting = undefined;
  }
}

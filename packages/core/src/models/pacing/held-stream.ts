import type { ModelEvent } from '../model-provider.ts';

type Events = readonly ModelEvent[];

/** The same stream, which says once when it is over: read to its end, failed, or left. */
export class HeldStream implements AsyncIterator<Events> {
  readonly #rest: AsyncIterator<Events>;
  #onOver: (() => void) | undefined;

  constructor(rest: AsyncIterator<Events>, onOver: () => void) {
    this.#rest = rest;
    this.#onOver = onOver;
  }

  /** Looks at the result beside the reader: one more promise on its way costs more than the look. */
  next(): Promise<IteratorResult<Events>> {
    const next = this.#rest.next();
    next.then(
      ({ done }) => done === true && this.#end(),
      () => this.#end(),
    );
    return next;
  }

  async return(): Promise<IteratorResult<Events>> {
    this.#end();
    return (await this.#rest.return?.()) ?? { done: true, value: undefined };
  }

  #end(): void {
    this.#onOver?.();
    this.#onOver = undefined;
  }
}

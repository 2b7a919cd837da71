import type { ModelCall, ModelEvent, ResolveModel } from './model-provider.ts';

type Events = readonly ModelEvent[];
type ModelEnd = Extract<ModelEvent, { type: 'model-end' }>;

/** What came of a model call: its last event, a failure, or nobody wanted the rest. */
export type ModelCallEnd =
  | { readonly outcome: 'ended'; readonly end: ModelEnd }
  | { readonly outcome: 'failed'; readonly error: unknown }
  | { readonly outcome: 'left' };

/** Is told of one model call, after its waits and retries; `ended` once. */
export interface ModelCallObserver {
  firstEvents?(): void;
  ended(end: ModelCallEnd): void;
}

/** Called when a call begins, with the model as `provider:model`. */
export type ObserveModel = (model: string, call: ModelCall) => ModelCallObserver;

/** The same models, whose calls are observed. A call that its run has left, because it was stopped, has not failed. */
export function observeModels(resolveModel: ResolveModel, observe: ObserveModel): ResolveModel {
  return (model) => {
    const provider = resolveModel(model);
    return {
      ...provider,
      stream(call, signal, patience) {
        const events = provider.stream(call, signal, patience);
        return {
          [Symbol.asyncIterator]: () =>
            new ObservedStream(events[Symbol.asyncIterator](), observe(model, call), signal),
        };
      },
    };
  };
}

/** Not a generator: each one takes all that passes through it around the queue of microtasks. */
class ObservedStream implements AsyncIterator<Events> {
  readonly #rest: AsyncIterator<Events>;
  readonly #signal: AbortSignal;
  #observer: ModelCallObserver | undefined;
  #hasBegun = false;

  constructor(rest: AsyncIterator<Events>, observer: ModelCallObserver, signal: AbortSignal) {
    this.#rest = rest;
    this.#observer = observer;
    this.#signal = signal;
  }

  next(): Promise<IteratorResult<Events>> {
    const next = this.#rest.next();
    next.then(
      ({ done, value }) => (done === true ? this.#end({ outcome: 'left' }) : this.#look(value)),
      (error: unknown) =>
        this.#end(this.#signal.aborted ? { outcome: 'left' } : { outcome: 'failed', error }),
    );
    return next;
  }

  async return(): Promise<IteratorResult<Events>> {
    this.#end({ outcome: 'left' });
    return (await this.#rest.return?.()) ?? { done: true, value: undefined };
  }

  #look(events: Events): void {
    if (!this.#hasBegun) this.#observer?.firstEvents?.();
    this.#hasBegun = true;
    const last = events.at(-1);
    if (last?.type === 'model-end') this.#end({ outcome: 'ended', end: last });
  }

  #end(end: ModelCallEnd): void {
    this.#observer?.ended(end);
    this.#observer = undefined;
  }
}

/** The provider's name in `provider:model`. */
export function providerOf(model: string): string {
  return model.slice(0, Math.max(0, model.indexOf(':'))) || 'unknown';
}

import type { ModelCall, ModelEvent, ModelProvider, ResolveModel } from './model-provider.ts';

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
export type ObserveModel = (model: string, call: ModelCall, provider: ModelProvider) => ModelCallObserver;

/** The same models, whose calls are observed. A call that its run has left, because it was stopped, has not failed. */
export function observeModels(resolveModel: ResolveModel, observing: readonly ObserveModel[]): ResolveModel {
  return (model) => {
    const provider = resolveModel(model);
    return {
      ...provider,
      stream(call, signal, patience) {
        const events = provider.stream(call, signal, patience);
        return {
          [Symbol.asyncIterator]() {
            const observers = observing.map((observe) => observe(model, call, provider));
            return new ObservedStream(events[Symbol.asyncIterator](), observers, signal);
          },
        };
      },
    };
  };
}

/** Looks at what passes beside its reader: one more promise on its way costs more than the look. */
class ObservedStream implements AsyncIterator<Events> {
  readonly #rest: AsyncIterator<Events>;
  readonly #signal: AbortSignal;
  #observers: readonly ModelCallObserver[];
  #hasBegun = false;

  constructor(rest: AsyncIterator<Events>, observers: readonly ModelCallObserver[], signal: AbortSignal) {
    this.#rest = rest;
    this.#observers = observers;
    this.#signal = signal;
  }

  next(): Promise<IteratorResult<Events>> {
    const next = this.#rest.next();
    next.then(this.#look, this.#fail);
    return next;
  }

  async return(): Promise<IteratorResult<Events>> {
    this.#end({ outcome: 'left' });
    return (await this.#rest.return?.()) ?? { done: true, value: undefined };
  }

  // Bound once: each piece of each stream comes here.
  readonly #look = ({ done, value }: IteratorResult<Events>): void => {
    if (done === true) {
      this.#end({ outcome: 'left' });
      return;
    }
    if (!this.#hasBegun) for (const observer of this.#observers) observer.firstEvents?.();
    this.#hasBegun = true;
    const last = value.at(-1);
    if (last?.type === 'model-end') this.#end({ outcome: 'ended', end: last });
  };

  readonly #fail = (error: unknown): void => {
    this.#end(this.#signal.aborted ? { outcome: 'left' } : { outcome: 'failed', error });
  };

  #end(end: ModelCallEnd): void {
    const observers = this.#observers;
    this.#observers = [];
    for (const observer of observers) observer.ended(end);
  }
}

/** The provider's name in `provider:model`. */
export function providerOf(model: string): string {
  return model.slice(0, Math.max(0, model.indexOf(':'))) || 'unknown';
}

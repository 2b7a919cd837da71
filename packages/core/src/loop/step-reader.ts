import { CaluteError } from '../errors.ts';
import type { ModelEvent } from '../models/model-provider.ts';
import { mergeOpaque, type OpaqueFields } from '../runs/opaque-fields.ts';
import type { FinishReason, RunUsage } from '../runs/run-end.ts';
import type { OwnCall, VisibleEvent } from '../runs/run-event.ts';

/** What one model call came to. */
export interface StepResult {
  readonly text: string;
  readonly ownCalls: readonly OwnCall[];
  /** What the provider wants back with the turn. */
  readonly opaque: OpaqueFields | undefined;
  /** How many calls went to the client. */
  readonly clientCalls: number;
  readonly finishReason: FinishReason;
  readonly usage: RunUsage;
  readonly serviceTier: string | undefined;
}

/** What of the events that came at once goes on to the client. */
export type Pass = (events: readonly VisibleEvent[]) => readonly VisibleEvent[];

type ModelEnd = ModelEvent & { type: 'model-end' };

/** The agent's own calls are kept back until they are complete, so they need a bound of their own. */
const maxOwnArgumentLength = 1_048_576;
/** What belongs to the whole answer is kept back until its end. */
const maxOpaqueLength = 1_048_576;

/**
 * Reads one model call. Calls that are not for the client, told by `isOwn`, are kept back; those for the client get dense
 * indexes from 0. `pass` may keep back more. Not a generator: each one that a token passes through costs 0.15 us.
 */
export class StepReader {
  readonly #isOwn: (name: string) => boolean;
  readonly #pass: Pass | undefined;
  readonly #ownCalls = new Map<number, OwnCall>();
  /** The model's index of a client's call to the index that the client sees. */
  readonly #clientIndexes = new Map<number, number>();
  #text = '';
  #reasoning = '';
  #opaque: OpaqueFields | undefined;
  #opaqueLength = 0;
  #ownLength = 0;
  #end: ModelEnd | undefined;

  constructor(isOwn: (name: string) => boolean, pass?: Pass) {
    this.#isOwn = isOwn;
    this.#pass = pass;
  }

  /** Whether the model has said how it ended: nothing comes after that. */
  get isOver(): boolean {
    return this.#end !== undefined;
  }

  /** What a client may see of events that came at once. */
  read(events: readonly ModelEvent[]): readonly VisibleEvent[] {
    const visible: VisibleEvent[] = [];
    for (const event of events) {
      if (event.type === 'model-end') {
        this.#end = event;
        visible.push(...this.#showOpaque(event));
        continue;
      }
      const shown = this.#visit(event);
      if (shown !== undefined) visible.push(shown);
    }
    return this.#pass === undefined ? visible : this.#pass(visible);
  }

  /** What the call came to. Throws CaluteError `upstream_cut` unless it is over. */
  result(): StepResult {
    if (this.#end === undefined)
      throw new CaluteError('upstream_cut', 'The model provider ended its answer without saying why.');
    const { finishReason, usage, serviceTier } = this.#end;
    return {
      text: this.#text,
      // By the model's index: a call may be told of late, when its name has come in pieces.
      ownCalls: [...this.#ownCalls].sort(([one], [other]) => one - other).map(([, call]) => call),
      opaque: this.#toOpaque(),
      clientCalls: this.#clientIndexes.size,
      finishReason,
      usage,
      serviceTier,
    };
  }

  #visit(event: VisibleEvent): VisibleEvent | undefined {
    switch (event.type) {
      case 'text-delta':
        this.#text += event.text;
        return event;
      case 'reasoning-delta':
        this.#reasoning += event.text;
        return event;
      case 'tool-call':
        return this.#visitCall(event);
      case 'tool-call-delta':
        return this.#visitArguments(event);
      case 'opaque-delta':
        return this.#visitOpaque(event);
      case 'embedding':
        return event;
    }
  }

  #visitOpaque(event: VisibleEvent & { type: 'opaque-delta' }): VisibleEvent | undefined {
    const { fields, index } = event;
    this.#opaqueLength += JSON.stringify(fields).length;
    if (this.#opaqueLength > maxOpaqueLength) {
      const message = 'The model provider sent more than 1 MB of fields that it wants back with its answer.';
      throw new CaluteError('output_too_large', message);
    }
    if (index === undefined) {
      this.#opaque = mergeOpaque(this.#opaque, fields);
      return undefined;
    }
    const own = this.#ownCalls.get(index);
    if (own === undefined) return { ...event, index: this.#clientIndexes.get(index) ?? index };
    own.opaque = mergeOpaque(own.opaque, fields);
    return undefined;
  }

  /** Once, and only where the answer is the client's: it cannot return a turn that it has not seen as one. */
  #showOpaque({ finishReason }: ModelEnd): readonly VisibleEvent[] {
    const isOwnStep =
      this.#ownCalls.size > 0 && this.#clientIndexes.size === 0 && finishReason === 'tool_calls';
    return this.#opaque === undefined || isOwnStep ? [] : [{ type: 'opaque-delta', fields: this.#opaque }];
  }

  #toOpaque(): OpaqueFields | undefined {
    const field = this.#end?.reasoningField;
    if (field === undefined || this.#reasoning === '') return this.#opaque;
    return { [field]: this.#reasoning, ...this.#opaque };
  }

  #visitCall(event: VisibleEvent & { type: 'tool-call' }): VisibleEvent | undefined {
    const { index, id, name, opaque } = event;
    if (this.#isOwn(name)) {
      const own = { id, name, arguments: '' };
      this.#ownCalls.set(index, opaque === undefined ? own : { ...own, opaque });
      return undefined;
    }
    const shownIndex = this.#clientIndexes.size;
    this.#clientIndexes.set(index, shownIndex);
    return { ...event, index: shownIndex };
  }

  #visitArguments(event: VisibleEvent & { type: 'tool-call-delta' }): VisibleEvent | undefined {
    const own = this.#ownCalls.get(event.index);
    if (own === undefined) return { ...event, index: this.#clientIndexes.get(event.index) ?? event.index };
    own.arguments += event.arguments;
    this.#ownLength += event.arguments.length;
    if (this.#ownLength > maxOwnArgumentLength) {
      throw new CaluteError('output_too_large', 'The model called a tool with more than 1 MB of arguments.');
    }
    return undefined;
  }
}

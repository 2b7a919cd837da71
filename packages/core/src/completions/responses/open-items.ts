import type { ItemEvent, ItemStatus, MessageItem, OutputItem, ReasoningItem } from './output-item.ts';
import { encodeThoughts, type Thoughts } from './thoughts.ts';

/** An item that is being said. */
export interface OpenItem {
  readonly item: OutputItem;
  /** Ends it; nothing is added to it after that. */
  close(status: ItemStatus): readonly ItemEvent[];
}

/** Where an item stands in its Response. */
export interface Place {
  readonly id: string;
  readonly index: number;
}

export const added = (index: number, item: OpenItem['item']): ItemEvent => ({
  type: 'response.output_item.added',
  output_index: index,
  item,
});

export const done = (index: number, item: OpenItem['item']): ItemEvent => ({
  type: 'response.output_item.done',
  output_index: index,
  item,
});

/** A message that grows by its text. */
export class OpenMessage implements OpenItem {
  readonly #place: Place;
  readonly #logprobs: unknown[] = [];
  #text = '';
  #status: ItemStatus = 'in_progress';

  constructor(place: Place) {
    this.#place = place;
  }

  get item(): MessageItem {
    const content = this.#text === '' ? [] : [this.#part];
    return { type: 'message', id: this.#place.id, status: this.#status, role: 'assistant', content };
  }

  add(delta: string, logprobs: readonly unknown[] = []): readonly ItemEvent[] {
    const opening = this.#text === '' ? this.#open() : [];
    this.#text += delta;
    this.#logprobs.push(...logprobs);
    return [...opening, this.#event('response.output_text.delta', { delta, logprobs })];
  }

  close(status: ItemStatus): readonly ItemEvent[] {
    const { index } = this.#place;
    this.#status = status;
    const text = this.#event('response.output_text.done', { text: this.#text, logprobs: this.#logprobs });
    return [text, this.#event('response.content_part.done', { part: this.#part }), done(index, this.item)];
  }

  #open(): readonly ItemEvent[] {
    const part = this.#event('response.content_part.added', { part: this.#part });
    return [added(this.#place.index, this.item), part];
  }

  get #part() {
    return {
      type: 'output_text' as const,
      text: this.#text,
      annotations: [],
      logprobs: this.#logprobs.slice(),
    } as const;
  }

  #event(type: string, more: object): ItemEvent {
    const { id, index } = this.#place;
    return { type, item_id: id, output_index: index, content_index: 0, ...more };
  }
}

/** What a client may see of reasoning. */
export interface ReasoningView {
  /** Whether it gets the thoughts, as a summary. */
  readonly summary: boolean;
  /** Whether it gets what it has to send back when nothing is stored. */
  readonly encrypted: boolean;
}

/** Reasoning that grows by its thoughts. */
export class OpenReasoning implements OpenItem {
  readonly #place: Place;
  readonly #view: ReasoningView;
  #text = '';
  #thoughts: Thoughts = {};
  #status: ItemStatus = 'in_progress';

  constructor(place: Place, view: ReasoningView) {
    this.#place = place;
    this.#view = view;
  }

  get item(): ReasoningItem {
    const { summary, encrypted } = this.#view;
    const isDone = this.#status !== 'in_progress';
    const text = this.#text === '' ? {} : { text: this.#text };
    return {
      type: 'reasoning',
      id: this.#place.id,
      status: this.#status,
      summary: summary && isDone && this.#text !== '' ? [this.#part] : [],
      ...(encrypted && isDone ? { encrypted_content: encodeThoughts({ ...text, ...this.#thoughts }) } : {}),
    };
  }

  open(): readonly ItemEvent[] {
    return [added(this.#place.index, this.item)];
  }

  add(delta: string): readonly ItemEvent[] {
    const opening = this.#text === '' ? this.#openSummary() : [];
    this.#text += delta;
    if (!this.#view.summary) return [];
    return [...opening, this.#event('response.reasoning_summary_text.delta', { delta })];
  }

  /** What its provider wants back. */
  keep(thoughts: Thoughts): void {
    this.#thoughts = thoughts;
  }

  close(status: ItemStatus): readonly ItemEvent[] {
    this.#status = status;
    const closed = done(this.#place.index, this.item);
    if (!this.#view.summary || this.#text === '') return [closed];
    return [
      this.#event('response.reasoning_summary_text.done', { text: this.#text }),
      this.#event('response.reasoning_summary_part.done', { part: this.#part }),
      closed,
    ];
  }

  #openSummary(): readonly ItemEvent[] {
    if (!this.#view.summary) return [];
    return [this.#event('response.reasoning_summary_part.added', { part: this.#part })];
  }

  get #part() {
    return { type: 'summary_text' as const, text: this.#text };
  }

  #event(type: string, more: object): ItemEvent {
    const { id, index } = this.#place;
    return { type, item_id: id, output_index: index, summary_index: 0, ...more };
  }
}

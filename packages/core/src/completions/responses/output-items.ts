import type { RunId } from '../../ids.ts';
import type { ResponseRequest } from '../../protocol/responses/response-request.ts';
import { mergeOpaque, type OpaqueFields } from '../../runs/opaque-fields.ts';
import type { RunEvent, VisibleEvent } from '../../runs/run-event.ts';
import { findTool } from './client-tools.ts';
import { type OpenCall, openCall } from './open-calls.ts';
import { type OpenItem, OpenMessage, OpenReasoning, type ReasoningView } from './open-items.ts';
import type { ItemEvent, ItemStatus, OutputItem } from './output-item.ts';
import { type ItemKind, toItemId } from './response-ids.ts';

type OutputEvent = Exclude<RunEvent, { type: 'run-end' }>;

const nothing: readonly ItemEvent[] = [];

/**
 * Puts a run's events, from the first on, into the items of a Response's output, and tells of each what a stream says. A message
 * ends where the model thinks, calls a tool of the client, or goes on after tools of the agent.
 */
export class OutputItems {
  readonly #runId: RunId;
  readonly #view: ReasoningView;
  readonly #tools: NonNullable<ResponseRequest['tools']>;
  readonly #items: OpenItem[] = [];
  readonly #open = new Set<OpenItem>();
  readonly #calls = new Map<number, { readonly id: string; readonly item: OpenCall }>();
  #text: OpenMessage | undefined;
  #reasoning: OpenReasoning | undefined;
  #opaque: OpaqueFields | undefined;
  #callOpaque: Record<string, OpaqueFields> = {};

  /** `tools` are those of the client, as it has declared them. */
  constructor(runId: RunId, view: ReasoningView, tools: ResponseRequest['tools']) {
    this.#runId = runId;
    this.#view = view;
    this.#tools = tools ?? [];
  }

  /** As far as it has come. */
  get items(): readonly OutputItem[] {
    return this.#items.map(({ item }) => item);
  }

  add(event: OutputEvent): readonly ItemEvent[] {
    switch (event.type) {
      case 'text-delta':
        if (event.text === '') return nothing;
        return [...this.#closeReasoning(), ...this.#message().add(event.text, event.logprobs)];
      case 'reasoning-delta':
        if (event.text === '') return nothing;
        return [...this.#closeText(), ...this.#think(event.text)];
      case 'tool-call':
        return [...this.#closeReasoning(), ...this.#closeText(), ...this.#call(event)];
      case 'tool-call-delta':
        return this.#calls.get(event.index)?.item.add(event.arguments) ?? nothing;
      case 'opaque-delta':
        this.#keep(event);
        return nothing;
      case 'step-calls':
        // That of a member of a team, whose answer is another's.
        if (event.branch !== undefined) return nothing;
        return [...this.#closeReasoning(), ...this.#closeText()];
      case 'embedding':
      case 'tool-result':
      case 'choice-end':
      case 'branch-start':
      case 'branch-end':
        return nothing;
    }
  }

  /** Ends what is open. */
  close(status: ItemStatus): readonly ItemEvent[] {
    const kept = this.#keptThoughts();
    const opening = kept === undefined || this.#reasoning ? nothing : this.#think('');
    if (kept !== undefined) this.#reasoning?.keep(kept);
    const closing = [...this.#open].flatMap((open) => this.#close(open, status));
    return [...opening, ...closing];
  }

  #message(): OpenMessage {
    this.#text ??= this.#begin('msg', (place) => new OpenMessage(place));
    return this.#text;
  }

  #think(delta: string): readonly ItemEvent[] {
    if (this.#reasoning) return this.#reasoning.add(delta);
    const reasoning = this.#begin('rs', (place) => new OpenReasoning(place, this.#view));
    this.#reasoning = reasoning;
    return delta === '' ? reasoning.open() : [...reasoning.open(), ...reasoning.add(delta)];
  }

  #call({ index, id, name, opaque }: VisibleEvent & { type: 'tool-call' }): readonly ItemEvent[] {
    const item = this.#begin('fc', (place) => openCall(place, id, findTool(this.#tools, name)));
    this.#calls.set(index, { id, item });
    if (opaque) this.#callOpaque[id] = opaque;
    return item.open();
  }

  #keep({ index, fields }: VisibleEvent & { type: 'opaque-delta' }): void {
    if (index === undefined) {
      this.#opaque = mergeOpaque(this.#opaque, fields);
      return;
    }
    const call = this.#calls.get(index);
    if (call) this.#callOpaque[call.id] = mergeOpaque(this.#callOpaque[call.id], fields);
  }

  #keptThoughts() {
    if (!this.#view.encrypted) return undefined;
    const hasCalls = Object.keys(this.#callOpaque).length > 0;
    if (this.#opaque === undefined && !hasCalls) return undefined;
    return {
      ...(this.#opaque === undefined ? {} : { message: this.#opaque }),
      ...(hasCalls ? { calls: this.#callOpaque } : {}),
    };
  }

  #begin<Item extends OpenItem>(
    kind: ItemKind,
    make: (place: { readonly id: string; readonly index: number }) => Item,
  ): Item {
    const index = this.#items.length;
    const item = make({ id: toItemId(kind, this.#runId, index, 'output'), index });
    this.#items.push(item);
    this.#open.add(item);
    return item;
  }

  #closeText(): readonly ItemEvent[] {
    const text = this.#text;
    this.#text = undefined;
    return text === undefined ? nothing : this.#close(text, 'completed');
  }

  #closeReasoning(): readonly ItemEvent[] {
    const reasoning = this.#reasoning;
    this.#reasoning = undefined;
    return reasoning === undefined ? nothing : this.#close(reasoning, 'completed');
  }

  #close(item: OpenItem, status: ItemStatus): readonly ItemEvent[] {
    this.#open.delete(item);
    return item.close(status);
  }
}

import { type NamedTool, readInput, type ToolName } from './client-tools.ts';
import { added, done, type OpenItem, type Place } from './open-items.ts';
import type { CustomCallItem, FunctionCallItem, ItemEvent, ItemStatus } from './output-item.ts';

/** A call of a client's tool that grows by its arguments. */
export interface OpenCall extends OpenItem {
  open(): readonly ItemEvent[];
  add(delta: string): readonly ItemEvent[];
}

/** A call of the tool that a model has named. */
export function openCall(place: Place, callId: string, { isCustom, ...tool }: NamedTool): OpenCall {
  return isCustom ? new OpenCustomCall(place, callId, tool) : new OpenFunctionCall(place, callId, tool);
}

class OpenFunctionCall implements OpenCall {
  readonly #place: Place;
  readonly #callId: string;
  readonly #tool: ToolName;
  #arguments = '';
  #status: ItemStatus = 'in_progress';

  constructor(place: Place, callId: string, tool: ToolName) {
    this.#place = place;
    this.#callId = callId;
    this.#tool = tool;
  }

  get item(): FunctionCallItem {
    return {
      type: 'function_call',
      id: this.#place.id,
      status: this.#status,
      call_id: this.#callId,
      ...this.#tool,
      arguments: this.#arguments,
    };
  }

  open(): readonly ItemEvent[] {
    return [added(this.#place.index, this.item)];
  }

  add(delta: string): readonly ItemEvent[] {
    this.#arguments += delta;
    return [toEvent(this.#place, 'response.function_call_arguments.delta', { delta })];
  }

  close(status: ItemStatus): readonly ItemEvent[] {
    this.#status = status;
    const text = { name: this.#tool.name, arguments: this.#arguments };
    const said = toEvent(this.#place, 'response.function_call_arguments.done', text);
    return [said, done(this.#place.index, this.item)];
  }
}

/** Its text comes as a whole: a model says it as a string within JSON. */
class OpenCustomCall implements OpenCall {
  readonly #place: Place;
  readonly #callId: string;
  readonly #tool: ToolName;
  #arguments = '';
  #status: ItemStatus = 'in_progress';

  constructor(place: Place, callId: string, tool: ToolName) {
    this.#place = place;
    this.#callId = callId;
    this.#tool = tool;
  }

  get item(): CustomCallItem {
    const input = this.#status === 'in_progress' ? '' : readInput(this.#arguments);
    return {
      type: 'custom_tool_call',
      id: this.#place.id,
      status: this.#status,
      call_id: this.#callId,
      ...this.#tool,
      input,
    };
  }

  open(): readonly ItemEvent[] {
    return [added(this.#place.index, this.item)];
  }

  add(delta: string): readonly ItemEvent[] {
    this.#arguments += delta;
    return [];
  }

  close(status: ItemStatus): readonly ItemEvent[] {
    this.#status = status;
    const { item } = this;
    const { input } = item;
    const said = toEvent(this.#place, 'response.custom_tool_call_input.delta', { delta: input });
    const whole = toEvent(this.#place, 'response.custom_tool_call_input.done', { input });
    return [said, whole, done(this.#place.index, item)];
  }
}

function toEvent({ id, index }: Place, type: string, more: object): ItemEvent {
  return { type, item_id: id, output_index: index, ...more };
}

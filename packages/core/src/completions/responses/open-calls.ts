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

/** What calls have in common: how they begin, and that their arguments grow. */
abstract class GrowingCall implements OpenCall {
  protected readonly place: Place;
  protected readonly callId: string;
  protected readonly tool: ToolName;
  protected arguments = '';
  protected status: ItemStatus = 'in_progress';

  constructor(place: Place, callId: string, tool: ToolName) {
    this.place = place;
    this.callId = callId;
    this.tool = tool;
  }

  abstract get item(): FunctionCallItem | CustomCallItem;

  open(): readonly ItemEvent[] {
    return [added(this.place.index, this.item)];
  }

  add(delta: string): readonly ItemEvent[] {
    this.arguments += delta;
    return this.sayDelta(delta);
  }

  close(status: ItemStatus): readonly ItemEvent[] {
    this.status = status;
    return [...this.sayWhole(), done(this.place.index, this.item)];
  }

  /** What the client is told of arguments that have just come. */
  protected abstract sayDelta(delta: string): readonly ItemEvent[];
  /** What it is told once they are whole. */
  protected abstract sayWhole(): readonly ItemEvent[];

  protected event(type: string, more: object): ItemEvent {
    const { id, index } = this.place;
    return { type, item_id: id, output_index: index, ...more };
  }
}

class OpenFunctionCall extends GrowingCall {
  get item(): FunctionCallItem {
    return {
      type: 'function_call',
      id: this.place.id,
      status: this.status,
      call_id: this.callId,
      ...this.tool,
      arguments: this.arguments,
    };
  }

  protected sayDelta(delta: string): readonly ItemEvent[] {
    return [this.event('response.function_call_arguments.delta', { delta })];
  }

  protected sayWhole(): readonly ItemEvent[] {
    const text = { name: this.tool.name, arguments: this.arguments };
    return [this.event('response.function_call_arguments.done', text)];
  }
}

/** Its text comes as a whole: a model says it as a string within JSON. */
class OpenCustomCall extends GrowingCall {
  get item(): CustomCallItem {
    return {
      type: 'custom_tool_call',
      id: this.place.id,
      status: this.status,
      call_id: this.callId,
      ...this.tool,
      input: this.status === 'in_progress' ? '' : readInput(this.arguments),
    };
  }

  protected sayDelta(): readonly ItemEvent[] {
    return [];
  }

  protected sayWhole(): readonly ItemEvent[] {
    const { input } = this.item;
    return [
      this.event('response.custom_tool_call_input.delta', { delta: input }),
      this.event('response.custom_tool_call_input.done', { input }),
    ];
  }
}

export type ItemStatus = 'in_progress' | 'completed' | 'incomplete';

export interface OutputText {
  readonly type: 'output_text';
  readonly text: string;
  readonly annotations: readonly [];
  readonly logprobs: readonly unknown[];
}

export interface MessageItem {
  readonly type: 'message';
  readonly id: string;
  readonly status: ItemStatus;
  readonly role: 'assistant';
  readonly content: readonly OutputText[];
}

export interface ReasoningItem {
  readonly type: 'reasoning';
  readonly id: string;
  readonly status: ItemStatus;
  readonly summary: readonly { readonly type: 'summary_text'; readonly text: string }[];
  /** Only when it was asked for: what the provider wants back, and the thoughts themselves. */
  readonly encrypted_content?: string;
}

export interface FunctionCallItem {
  readonly type: 'function_call';
  readonly id: string;
  readonly status: ItemStatus;
  readonly call_id: string;
  readonly name: string;
  /** Where the client has declared the tool in one. */
  readonly namespace?: string | undefined;
  readonly arguments: string;
}

/** A call of a tool that takes a text. */
export interface CustomCallItem extends Omit<FunctionCallItem, 'type' | 'arguments'> {
  readonly type: 'custom_tool_call';
  readonly input: string;
}

/** One item of a Response's output. */
export type OutputItem = MessageItem | ReasoningItem | FunctionCallItem | CustomCallItem;

/** What a stream says of an item; its number comes with the encoding. */
export interface ItemEvent extends Readonly<Record<string, unknown>> {
  readonly type: string;
  readonly output_index: number;
}

export interface TextPart {
  readonly type: 'text';
  readonly text: string;
}

export interface RefusalPart {
  readonly type: 'refusal';
  readonly refusal: string;
}

export interface ImagePart {
  readonly type: 'image_url';
  readonly image_url: {
    /** An http(s) URL, or a base64 data URL. */
    readonly url: string;
    readonly detail?: 'auto' | 'low' | 'high' | 'original' | undefined;
  };
}

export interface AudioPart {
  readonly type: 'input_audio';
  /** `data` is base64. */
  readonly input_audio: { readonly data: string; readonly format: 'wav' | 'mp3' };
}

export interface FilePart {
  readonly type: 'file';
  readonly file: {
    readonly file_id?: string | undefined;
    readonly file_data?: string | undefined;
    readonly filename?: string | undefined;
  };
}

export type UserPart = TextPart | ImagePart | AudioPart | FilePart;

/** What providers want back and nobody else reads: see `opaqueMessageFields`. */
type Opaque = Readonly<Record<string, unknown>> | undefined;
type OpaqueList = readonly unknown[] | undefined;

interface FunctionCall {
  readonly name: string;
  /** JSON, as the model wrote it. */
  readonly arguments: string;
}

export interface ToolCall {
  readonly id: string;
  readonly type: 'function';
  readonly function: FunctionCall;
  readonly extra_content?: Opaque;
  readonly provider_specific_fields?: Opaque;
}

export interface SystemMessage {
  readonly role: 'developer' | 'system';
  readonly content: string | readonly TextPart[];
  readonly name?: string | undefined;
}

export interface UserMessage {
  readonly role: 'user';
  readonly content: string | readonly UserPart[];
  readonly name?: string | undefined;
}

export interface AssistantMessage {
  readonly role: 'assistant';
  readonly content?: string | readonly (TextPart | RefusalPart)[] | undefined;
  readonly refusal?: string | undefined;
  /** Also under the name `reasoning_content`: servers differ. */
  readonly reasoning?: string | undefined;
  readonly reasoning_content?: string | undefined;
  readonly reasoning_details?: OpaqueList;
  readonly thinking_blocks?: OpaqueList;
  readonly extra_content?: Opaque;
  readonly provider_specific_fields?: Opaque;
  readonly tool_calls?: readonly ToolCall[] | undefined;
  /** The older form of a tool call, without an id. */
  readonly function_call?: FunctionCall | undefined;
  readonly name?: string | undefined;
}

/** The result of a tool call. */
export interface ToolMessage {
  readonly role: 'tool';
  readonly content: string | readonly TextPart[];
  readonly tool_call_id: string;
}

/** The result of a `function_call`. */
export interface FunctionMessage {
  readonly role: 'function';
  readonly content: string | null;
  readonly name: string;
}

/** One message of a conversation. Fields have OpenAI's names; an absent one is the same as an undefined one. */
export type Message = SystemMessage | UserMessage | AssistantMessage | ToolMessage | FunctionMessage;

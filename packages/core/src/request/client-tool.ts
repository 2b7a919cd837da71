/** A function as a model is told of it. */
export interface FunctionDescription {
  readonly name: string;
  readonly description?: string | undefined;
  /** JSON Schema. Absent: it takes nothing. */
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
  readonly strict?: boolean | undefined;
}

/** A tool that the client runs itself. */
export interface ClientTool {
  readonly type: 'function';
  readonly function: FunctionDescription;
}

/** A tool of the client whose arguments are no JSON: no agent takes one. */
export interface CustomTool {
  readonly type: 'custom';
  readonly custom: { readonly name: string };
}

/** Which tools the model may call, and whether it has to call one. */
export type ToolChoice =
  | 'none'
  | 'auto'
  | 'required'
  | { readonly type: 'function'; readonly function: { readonly name: string } }
  | { readonly type: 'custom'; readonly custom: { readonly name: string } }
  | {
      readonly type: 'allowed_tools';
      readonly allowed_tools: {
        readonly mode: 'auto' | 'required';
        readonly tools: readonly Readonly<Record<string, unknown>>[];
      };
    };

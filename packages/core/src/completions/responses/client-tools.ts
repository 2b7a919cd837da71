import type { ResponseRequest } from '../../protocol/responses/response-request.ts';

type Tools = NonNullable<ResponseRequest['tools']>;
type LeafTool = Exclude<Tools[number], { type: 'namespace' }>;

/** How a client names a tool of its own. */
export interface ToolName {
  readonly name: string;
  readonly namespace?: string | undefined;
}

/** A tool of a client behind the name that models know it by. */
export interface NamedTool extends ToolName {
  /** Whether it takes a text in place of JSON. */
  readonly isCustom: boolean;
}

/** The name that models know a tool by: they have no namespaces. */
export function toModelName({ name, namespace }: ToolName): string {
  return namespace === undefined ? name : `${namespace}__${name}`;
}

/** The tools of a client as functions, which is all that models know: those of a namespace one by one, a custom one with its text as its only argument. */
export function toFunctions(tools: Tools): object[] {
  return listLeaves(tools).map(({ tool, namespace }) => ({
    type: 'function',
    function: {
      ...(tool.type === 'custom' ? toCustomFunction(tool) : withoutType(tool)),
      name: toModelName({ ...tool, namespace }),
    },
  }));
}

/** What a model calls by this name; a name that no tool has stays as it is. */
export function findTool(tools: Tools, modelName: string): NamedTool {
  for (const { tool, namespace } of listLeaves(tools)) {
    const named = namespace === undefined ? { name: tool.name } : { name: tool.name, namespace };
    if (toModelName(named) === modelName) return { ...named, isCustom: tool.type === 'custom' };
  }
  return { name: modelName, isCustom: false };
}

/** The arguments by which a model gives a custom tool its text. */
export function toArguments(input: string): string {
  return JSON.stringify({ input });
}

/** The text that a model gives a custom tool. One that keeps to no form says all of it. */
export function readInput(modelArguments: string): string {
  try {
    const read: unknown = JSON.parse(modelArguments);
    if (typeof read === 'object' && read !== null && 'input' in read && typeof read.input === 'string')
      return read.input;
  } catch {
    // because what is no JSON is the text itself
  }
  return modelArguments;
}

interface Leaf {
  readonly tool: LeafTool;
  readonly namespace: string | undefined;
}

function listLeaves(tools: Tools): readonly Leaf[] {
  return tools.flatMap((tool): Leaf[] => {
    if (tool.type !== 'namespace') return [{ tool, namespace: undefined }];
    return tool.tools.map((one) => ({ tool: one, namespace: tool.name }));
  });
}

function withoutType({ type, ...tool }: LeafTool & { type: 'function' }): object {
  return tool;
}

function toCustomFunction({ description, format }: LeafTool & { type: 'custom' }): object {
  const form =
    format?.type === 'grammar'
      ? `The input follows this ${format.syntax} grammar:\n${format.definition}`
      : undefined;
  const input = { type: 'string', description: 'The text that the tool takes, as it is.' };
  return {
    description: [description, form].filter((text) => text !== undefined).join('\n\n'),
    parameters: { type: 'object', properties: { input }, required: ['input'], additionalProperties: false },
  };
}

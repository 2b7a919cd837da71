import { CaluteError } from '../../errors.ts';
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

/**
 * The tools of a client as functions, which is all that models know: those of a namespace one by one, a custom one with its text as its
 * only argument. Throws `invalid_request` for one whose name within its namespace models cannot know it by.
 */
export function toFunctions(tools: Tools): object[] {
  const leaves = listLeaves(tools);
  assertModelNames(leaves);
  return leaves.map(({ tool, namespace }) => ({
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
  /** Where it stands in the request. */
  readonly place: string;
}

function listLeaves(tools: Tools): readonly Leaf[] {
  return tools.flatMap((tool, at): Leaf[] => {
    const place = `tools.${at}`;
    if (tool.type !== 'namespace') return [{ tool, namespace: undefined, place }];
    return tool.tools.map((one, index) => {
      return { tool: one, namespace: tool.name, place: `${place}.tools.${index}` };
    });
  });
}

const longestName = 64;

function assertModelNames(leaves: readonly Leaf[]): void {
  const known = new Set(leaves.flatMap(({ tool, namespace }) => (namespace === undefined ? tool.name : [])));
  for (const { tool, namespace, place } of leaves) {
    if (namespace === undefined) continue;
    const name = toModelName({ name: tool.name, namespace });
    const isTaken = known.has(name);
    known.add(name);
    if (!isTaken && name.length <= longestName) continue;
    const fault = isTaken ? 'another tool has too' : `has more than ${longestName} characters`;
    const param = `${place}.name`;
    const message = `Invalid '${param}': models know this tool as "${name}", which ${fault}; rename it.`;
    throw new CaluteError('invalid_request', message, { param });
  }
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

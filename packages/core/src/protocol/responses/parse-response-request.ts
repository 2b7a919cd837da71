import { CaluteError } from '../../errors.ts';
import { assertFewValues } from '../assert-few-values.ts';
import { parseWith } from '../parse-with.ts';
import { type InputItem, inputItemSchemas, isItemType } from './input-item.ts';
import { type ResponseRequest, responseRequestSchema } from './response-request.ts';

/**
 * A request body as `ResponseRequest`; a text as its input becomes a message. Throws `invalid_request` as `parseWith` does,
 * and `unsupported_parameter` for what no agent here does.
 */
export function parseResponseRequest(body: unknown): ResponseRequest {
  assertFewValues(body);
  refuseUnsupported(body);
  const { input, ...request } = parseWith(responseRequestSchema, body);
  refuseCombinations(request);
  return { ...request, input: parseInput(input, 'input') };
}

/** The items of an input. */
export function parseInput(
  input: string | readonly Readonly<Record<string, unknown>>[] | undefined,
  place: string,
): InputItem[] {
  if (input === undefined) return [];
  if (typeof input === 'string') return [{ type: 'message', role: 'user', content: input }];
  return input.map((item, index) => parseItem(item, `${place}.${index}`));
}

function parseItem(item: Readonly<Record<string, unknown>>, place: string): InputItem {
  const type = item['type'] ?? guessType(item);
  if (typeof type === 'string' && isItemType(type)) {
    return parseWith(inputItemSchemas[type], { ...item, type }, place);
  }
  const param = `${place}.type`;
  const known = Object.keys(inputItemSchemas).join(', ');
  if (type === undefined) throw invalid(param, `expected one of ${known}; only a message may leave it out`);
  const message = `Items of the type ${JSON.stringify(type)} are not supported; send one of ${known}.`;
  throw new CaluteError('unsupported_parameter', message, { param });
}

/** Of an item without a type: what has a role is a message, a mere id is a reference. */
function guessType(item: Readonly<Record<string, unknown>>): string | undefined {
  if ('role' in item) return 'message';
  const keys = Object.keys(item).filter((key) => item[key] !== null && item[key] !== undefined);
  return keys.length === 1 && keys[0] === 'id' ? 'item_reference' : undefined;
}

/** Looked at before the schema: it would only say what else was expected. */
function refuseUnsupported(body: unknown): void {
  if (typeof body !== 'object' || body === null) return;
  const { tools, tool_choice: choice, prompt } = body as Readonly<Record<string, unknown>>; // because any object has such keys or not
  if (prompt !== undefined && prompt !== null) {
    throw unsupported('prompt', 'Prompt templates are not kept here; send "instructions" and "input".');
  }
  if (Array.isArray(tools)) for (const [index, tool] of tools.entries()) refuseTool(tool, `tools.${index}`);
  const type = typeof choice === 'object' && choice !== null && 'type' in choice ? choice.type : undefined;
  if (typeof type === 'string' && type !== 'allowed_tools' && !runByClients.has(type)) {
    throw unsupported('tool_choice', `A choice of the type "${type}" is not supported; choose a function.`);
  }
}

const runByClients: ReadonlySet<string> = new Set(['function', 'custom']);

function refuseTool(tool: unknown, place: string): void {
  const type = typeof tool === 'object' && tool !== null && 'type' in tool ? tool.type : undefined;
  if (typeof type !== 'string' || runByClients.has(type)) return;
  if (type === 'namespace') {
    const { tools } = tool as Readonly<Record<string, unknown>>; // because it has a type
    if (Array.isArray(tools))
      for (const [index, one] of tools.entries()) refuseTool(one, `${place}.tools.${index}`);
    return;
  }
  const advice =
    'declare a tool of type "function", or give the agent a tool of its own that does the same on the server';
  throw unsupported(`${place}.type`, `Tools of the type "${type}" are not supported; ${advice}.`);
}

function refuseCombinations(request: Omit<ResponseRequest, 'input'>): void {
  const { background, store, conversation, previous_response_id: previous } = request;
  if (background === true && store === false) {
    throw invalid('background', 'a response in the background is stored, so leave out "store": false');
  }
  if (conversation === undefined) return;
  if (previous !== undefined) {
    throw invalid('previous_response_id', 'send either "conversation" or "previous_response_id"');
  }
  if (store === false) {
    throw invalid('store', 'a conversation keeps its responses, so leave out "store": false');
  }
}

function unsupported(param: string, message: string): CaluteError {
  return new CaluteError('unsupported_parameter', message, { param });
}

function invalid(param: string, expectation: string): CaluteError {
  return new CaluteError('invalid_request', `Invalid '${param}': ${expectation}.`, { param });
}

import { createHash } from 'node:crypto';
import type { ClientTool } from '../../request/client-tool.ts';
import type { ModelCall } from '../model-provider.ts';
import { selectTools } from '../select-tools.ts';
import { lastText, messageText } from './message-text.ts';
import { sampleSchema } from './sample-schema.ts';

export interface PlannedToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

/**
 * The tool call that the offline model makes, if any: `call NAME {json}` as the whole last user message asks for one; with
 * `tool_choice` required or named there is one in any case, with the last text as arguments if it is a JSON object, else with
 * a small instance of the tool's schema.
 */
export function planToolCall({ messages, tools, toolChoice }: ModelCall): PlannedToolCall | undefined {
  const selection = selectTools(tools, toolChoice);
  if (selection.mode === 'none') return undefined;
  const last = messages.at(-1);
  const asked = last?.role === 'user' ? parseCommand(messageText(last)) : undefined;
  const known = selection.tools.some((tool) => tool.function.name === asked?.name);
  if (asked !== undefined && known && (selection.mode !== 'named' || asked.name === selection.name)) {
    return { id: callId(messages), ...asked };
  }
  if (selection.mode === 'auto') return undefined;
  const isChosen = ({ function: { name } }: ClientTool) =>
    selection.mode !== 'named' || name === selection.name;
  const tool = selection.tools.find(isChosen);
  return (
    tool && {
      id: callId(messages),
      name: tool.function.name,
      arguments: makeArguments(tool, lastText(messages)),
    }
  );
}

/** Of the last text, in the strings of the instance. */
const maxTextLength = 64;

function makeArguments({ function: { parameters = {} } }: ClientTool, text: string): string {
  if (isJsonObject(text)) return text;
  const made = sampleSchema({ type: 'object', ...parameters }, text.slice(0, maxTextLength));
  return JSON.stringify(made);
}

function parseCommand(text: string): { name: string; arguments: string } | undefined {
  const match = /^call ([\w-]{1,64})(?:\s+(\{.*\}))?\s*$/s.exec(text);
  const [, name, json = '{}'] = match ?? [];
  return name !== undefined && isJsonObject(json) ? { name, arguments: json } : undefined;
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** The same conversation gives the same id; a later step of it another one. */
function callId(messages: ModelCall['messages']): string {
  return `call_${createHash('sha256').update(JSON.stringify(messages)).digest('hex').slice(0, 24)}`;
}

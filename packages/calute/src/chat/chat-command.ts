import { text as readAll } from 'node:stream/consumers';
import { CommandFailure, type ExitCode, exitCodes } from '../cli/command-failure.ts';
import type { Terminal } from '../cli/terminal.ts';
import type { GatheredAnswer } from '../client/gather-message.ts';
import type { Server } from '../client/server.ts';
import { askOnce } from './ask-once.ts';
import { converse, summarise } from './converse.ts';
import { onProcessInterrupt } from './process-interrupt.ts';

export interface ChatOptions {
  readonly system?: string;
  /** `name=value` pairs for the request. */
  readonly set: readonly string[];
  readonly effort?: string;
  readonly json?: boolean;
}

export interface ChatParts {
  readonly server: Server;
  readonly terminal: Terminal;
}

/** Asks once when there is a message, on the command line or on standard input; else talks, in a terminal. */
export async function chat(
  model: string,
  words: readonly string[],
  { options, server, terminal }: ChatParts & { readonly options: ChatOptions },
): Promise<ExitCode> {
  const request = { model, ...readSettings(options) };
  const opening = options.system === undefined ? [] : [{ role: 'system', content: options.system }];
  const message = words.length > 0 && words[0] !== '-' ? words.join(' ') : await readPiped(words[0] === '-');
  if (message === undefined) {
    if (options.json) throw new CommandFailure('--json needs a message.', exitCodes.usage);
    await converse({ server, terminal, request, opening });
    return exitCodes.done;
  }
  if (message.trim() === '') throw new CommandFailure('The message is empty.', exitCodes.usage);
  const body = { ...request, messages: [...opening, { role: 'user', content: message }] };
  const isQuiet = options.json === true;
  const ended = await askOnce({ body }, { server, terminal, isQuiet, onInterrupt: onProcessInterrupt });
  if (ended.outcome === 'cancelled') {
    terminal.note('cancelled\n');
    return exitCodes.interrupted;
  }
  if (isQuiet) terminal.json(toJson(model, ended.answer));
  else if (terminal.isWatched) terminal.note(`${terminal.dim(summarise(ended.answer))}\n`);
  return exitCodes.done;
}

/** An answer for scripts. */
export function toJson(model: string | undefined, answer: GatheredAnswer): object {
  const { runId, agent, content, reasoning, tools, finishReason, usage } = answer;
  return {
    id: runId ?? null,
    model: model ?? null,
    agent: agent ?? model ?? null,
    content,
    reasoning,
    tools,
    finish_reason: finishReason ?? null,
    usage: usage ?? null,
  };
}

async function readPiped(isAsked: boolean): Promise<string | undefined> {
  if (process.stdin.isTTY && !isAsked) return undefined;
  return (await readAll(process.stdin)).trimEnd();
}

function readSettings({ set, effort }: ChatOptions): Record<string, unknown> {
  const pairs = set.map((pair) => {
    const at = pair.indexOf('=');
    if (at < 1) throw new CommandFailure(`--set takes name=value, not "${pair}".`, exitCodes.usage);
    return [pair.slice(0, at), toValue(pair.slice(at + 1))] as const;
  });
  return { ...Object.fromEntries(pairs), ...(effort === undefined ? {} : { reasoning_effort: effort }) };
}

/** JSON where it is some, else the text itself. */
function toValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

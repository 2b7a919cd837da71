import { createInterface } from 'node:readline';
import { CommandFailure } from '../cli/command-failure.ts';
import type { Terminal } from '../cli/terminal.ts';
import type { GatheredAnswer } from '../client/gather-message.ts';
import type { Server } from '../client/server.ts';
import { askOnce } from './ask-once.ts';

export interface ConverseOptions {
  readonly server: Server;
  readonly terminal: Terminal;
  /** The request without its messages. */
  readonly request: Readonly<Record<string, unknown>>;
  /** Stand at the beginning of each conversation. */
  readonly opening: readonly object[];
  /** @defaultValue those of the process */
  readonly input?: NodeJS.ReadableStream;
  readonly output?: NodeJS.WritableStream;
}

const help =
  '/new begins a new conversation, /exit or Ctrl-D ends, Ctrl-C cancels the answer that is coming.';

/** A conversation of many turns; a turn that fails or is cancelled is left out of what the agent is told next. */
export async function converse(options: ConverseOptions): Promise<void> {
  const { server, terminal, request, opening, input = process.stdin, output = process.stdout } = options;
  // Its iterator keeps what is typed, or pasted, while an answer comes.
  const lines = createInterface({ input, output, terminal: true, prompt: '> ' });
  let isOver = false;
  lines.on('close', () => {
    isOver = true;
  });
  let listener = () => lines.close();
  lines.on('SIGINT', () => listener());
  const onInterrupt = (whileAnswering: () => void) => {
    const before = listener;
    listener = whileAnswering;
    return () => {
      listener = before;
    };
  };
  let messages: readonly object[] = opening;
  terminal.note(`${terminal.dim(`${String(request['model'])} at ${server.baseUrl}. ${help}`)}\n`);
  lines.prompt();
  for await (const line of lines) {
    const text = line.trim();
    if (text === '/exit') break;
    if (text === '/new') messages = opening;
    else if (text.startsWith('/')) terminal.note(`${terminal.dim(help)}\n`);
    else if (text !== '') messages = await takeTurn([...messages, { role: 'user', content: line }], messages);
    // Ctrl-D may have come while an answer did.
    if (!isOver) lines.prompt();
  }
  lines.close();
  terminal.note('\n');

  async function takeTurn(asked: readonly object[], before: readonly object[]) {
    try {
      const source = { body: { ...request, messages: asked } };
      const ended = await askOnce(source, { server, terminal, isQuiet: false, onInterrupt });
      if (ended.outcome === 'cancelled') {
        terminal.note(`${terminal.dim('cancelled')}\n`);
        return before;
      }
      terminal.note(`${terminal.dim(summarise(ended.answer))}\n`);
      return [...asked, ended.answer.message];
    } catch (error) {
      if (!(error instanceof CommandFailure)) throw error;
      terminal.note(`${error.message}\n`);
      return before;
    }
  }
}

/** What there is to say of an answer beside its text. */
export function summarise({ runId, agent, finishReason, usage }: GatheredAnswer): string {
  const cut = finishReason === 'stop' || finishReason === undefined ? [] : [`ended by ${finishReason}`];
  return [
    ...(runId === undefined ? [] : [runId]),
    ...(agent === undefined ? [] : [`answered by ${agent}`]),
    ...(usage ? [`${usage.prompt_tokens} + ${usage.completion_tokens} tokens`] : []),
    ...cut,
  ].join(' · ');
}

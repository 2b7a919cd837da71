import { type Terminal, withoutControls } from '../cli/terminal.ts';
import type { Chunk, Progress } from '../client/chunk.ts';

/** Shows an answer while it comes: its text is the result, thoughts, tools and waiting are notes. */
export interface AnswerView {
  show(chunk: Chunk): void;
  /** A note on a line of its own. */
  note(line: string): void;
  /** Ends the line that is open. */
  end(): void;
}

type Line = 'none' | 'text' | 'thought';

export function createAnswerView(terminal: Terminal): AnswerView {
  let open: Line = 'none';
  let lastWait = '';
  const clean = (text: string) => (terminal.isInteractive ? withoutControls(text) : text);
  const close = () => {
    // A note's line: in a file, results stay as the model said them.
    if (open === 'thought' || (open === 'text' && terminal.isInteractive)) terminal.note('\n');
    open = 'none';
  };
  const note = (line: string) => {
    close();
    terminal.note(`${terminal.dim(withoutControls(line))}\n`);
  };
  const say = (kind: 'text' | 'thought', text: string) => {
    if (text === '') return;
    if (open !== kind) close();
    open = kind;
    if (kind === 'text') terminal.write(clean(text));
    else terminal.note(terminal.dim(withoutControls(text)));
  };
  return {
    show({ choices: [choice], calute }) {
      const { content, reasoning, reasoning_content: other } = choice?.delta ?? {};
      say('thought', asText(reasoning) || asText(other));
      say('text', asText(content));
      const line = calute === undefined ? undefined : describeProgress(calute);
      if (line === undefined || line === lastWait) return;
      if (calute?.event === 'queued') lastWait = line;
      note(line);
    },
    note,
    end() {
      if (open === 'text' && !terminal.isInteractive) terminal.write('\n');
      close();
    },
  };
}

function describeProgress(progress: Progress): string | undefined {
  const { event, name, ok, duration_ms: durationMs = 0, from, to, position = 0 } = progress;
  switch (event) {
    case 'queued':
      return `· waits for a worker, ${position} before it`;
    case 'tool-start':
      return `⚙ ${name} …`;
    case 'tool-end':
      return `⚙ ${name} ${ok === false ? 'failed' : 'done'} (${durationMs} ms)`;
    case 'handoff':
      return `→ ${from} hands over to ${to}`;
    default:
      return describeTeam(progress);
  }
}

function describeTeam(progress: Progress): string | undefined {
  const { event, task, tasks = [], agent, round, approved, score, duration_ms: durationMs = 0 } = progress;
  const again = round === undefined ? '' : ', once more';
  switch (event) {
    case 'plan':
      return `□ plan: ${tasks.map((one) => `${one.task} (${one.agent})`).join(', ')}`;
    case 'task-start':
      return `□ ${task}: ${agent} begins${again}`;
    case 'task-end':
      return `■ ${task}: ${agent} is done${again} (${durationMs} ms)`;
    case 'review':
      return `${approved ? '✓' : '✗'} ${task}: ${approved ? 'approved' : 'not approved'}, score ${score ?? 0}`;
    default:
      return undefined;
  }
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

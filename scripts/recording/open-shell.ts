import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { Recording } from './asciicast.ts';

export interface ShellOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly columns: number;
  readonly rows: number;
}

/** A shell in a terminal of its own, whose output is recorded. */
export interface RecordedShell {
  /** Types as a person does, and Enter. */
  type(line: string): Promise<void>;
  /** Sends keys at once. */
  press(keys: string): void;
  /** Resolves when something new matches. */
  see(pattern: RegExp): Promise<void>;
  /** What it has printed so far. */
  recorded(): Recording['events'];
  /** Ends the shell. */
  close(): Promise<void>;
}

const keyMs = 45;
const seeMs = 30_000;

/** Opens it with an empty screen. Needs `script` of util-linux, which brings the terminal. */
export async function openShell({ cwd, env, columns, rows }: ShellOptions): Promise<RecordedShell> {
  const shell = spawn('script', ['-qfec', 'bash --noprofile --norc -i', '/dev/null'], {
    cwd,
    env: { ...env, TERM: 'xterm-256color', HISTFILE: '' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const closed = once(shell, 'close');
  const events: { atMs: number; text: string }[] = [];
  let startedMs = performance.now();
  let unseen = '';
  const grown = new EventTarget();
  shell.stdout.setEncoding('utf8').on('data', (text: string) => {
    events.push({ atMs: performance.now() - startedMs, text });
    unseen += text;
    grown.dispatchEvent(new Event('grown'));
  });
  const see = async (pattern: RegExp) => {
    const signal = AbortSignal.timeout(seeMs);
    for (;;) {
      const match = pattern.exec(unseen);
      if (match !== null) {
        unseen = unseen.slice(match.index + match[0].length);
        return;
      }
      await once(grown, 'grown', { signal }).catch(() => {
        throw new Error(`The terminal does not show ${pattern}; it shows:\n${unseen}`);
      });
    }
  };
  shell.stdin.write(
    `stty cols ${columns} rows ${rows}; bind 'set enable-bracketed-paste off'; PS1='$ '; clear\n`,
  );
  await see(/\[2J(.\[3J)?\$ /);
  events.length = 0;
  startedMs = performance.now();
  events.push({ atMs: 0, text: '$ ' });
  return {
    see,
    press: (keys) => void shell.stdin.write(keys),
    async type(line) {
      for (const key of line) {
        shell.stdin.write(key);
        await wait(keyMs);
      }
      await wait(4 * keyMs);
      shell.stdin.write('\n');
    },
    recorded: () => [...events],
    async close() {
      shell.stdin.write('exit\n');
      shell.stdin.end();
      await closed;
    },
  };
}

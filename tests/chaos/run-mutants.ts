import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Mutant, mutants } from './chaos-settings.ts';

interface RunMutantsOptions {
  readonly signal: AbortSignal;
  say(line: string): void;
}

/** Enough for the faults that bring each of them out; a pause of a worker alone takes 15 s. */
const mutantSeconds: Readonly<Record<Mutant, number>> = {
  'no-fence': 55,
  'pubsub-only': 20,
  'double-end': 55,
  splice: 35,
};

/** Runs the suite on each broken product; 0 when the oracle has caught every one. */
export async function runMutants(
  env: NodeJS.ProcessEnv,
  { signal, say }: RunMutantsOptions,
): Promise<number> {
  const missed: string[] = [];
  for (const mutant of mutants) {
    const child = fork(fileURLToPath(new URL('./chaos-main.ts', import.meta.url)), {
      env: { DURATION_S: String(mutantSeconds[mutant]), ...env, CHAOS_MUTANT: mutant },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    let output = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    const stop = () => child.kill('SIGTERM');
    signal.addEventListener('abort', stop);
    const [code] = await once(child, 'close');
    signal.removeEventListener('abort', stop);
    if (signal.aborted) return 130;
    const closing = output.trim().split('\n').at(-1) ?? '';
    const caught = code === 1 && /(lost|doubled|reordered|stuck|double_end|orphan)=[1-9]/.test(closing);
    say(`mutant ${mutant}: ${caught ? 'caught' : 'NOT CAUGHT'} · ${closing}`);
    if (!caught) missed.push(mutant);
  }
  say(missed.length === 0 ? 'mutants: all caught' : `mutants: not caught: ${missed.join(', ')}`);
  return missed.length === 0 ? 0 : 1;
}

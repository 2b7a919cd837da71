import { runCommand } from '../../scripts/redis/run-command.ts';

/** A busy machine takes its time, and these tests must not be left out for that. */
const answerMs = 60_000;
const commandMs = 580_000;
const pullMs = 60_000;

/** The command line of a container engine, with compose. */
export interface Engine {
  /** What a command prints. Throws with its output when it fails. */
  run(...args: readonly string[]): Promise<string>;
  /** Whether an image is there, or can be brought. */
  hasImage(image: string): Promise<boolean>;
  /** Compose in this folder, under a name of its own. */
  compose(options: ComposeOptions): Compose;
}

export interface ComposeOptions {
  readonly project: string;
  readonly folder: string;
  /** Of the folder. */
  readonly files: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface Compose {
  /** What a command prints. Throws with its output when it fails. */
  run(...args: readonly string[]): Promise<string>;
  /** The containers of a service. */
  idsOf(service: string): Promise<string[]>;
}

/** Undefined, and a sentence on standard error, where none answers: these tests are left out then. */
export async function findEngine(): Promise<Engine | undefined> {
  for (const program of ['docker', 'podman']) {
    const asked = [['version'], ['compose', 'version']].map((args) =>
      runCommand(program, args, { timeoutMs: answerMs }),
    );
    if ((await Promise.all(asked)).every(({ outcome }) => outcome === 'done')) return createEngine(program);
  }
  process.stderr.write(
    'The tests of containers are skipped: no container engine with compose answers (docker, podman).\n',
  );
  return undefined;
}

function createEngine(program: string): Engine {
  const run = async (args: readonly string[], env?: NodeJS.ProcessEnv): Promise<string> => {
    const options = { timeoutMs: commandMs, ...(env && { env }) };
    const ran = await runCommand(program, args, options);
    if (ran.outcome === 'failed') throw new Error(`${program} ${args.join(' ')} failed:\n${ran.output}`);
    return ran.stdout;
  };
  return {
    run: (...args) => run(args),
    async hasImage(image) {
      const there = await runCommand(program, ['image', 'inspect', image], { timeoutMs: pullMs });
      if (there.outcome === 'done') return true;
      return (await runCommand(program, ['pull', image], { timeoutMs: pullMs })).outcome === 'done';
    },
    compose({ project, folder, files, env }) {
      const named = files.flatMap((file) => ['-f', `${folder}/${file}`]);
      const first = ['compose', '-p', project, '--project-directory', folder, ...named];
      const compose = (...args: readonly string[]) => run([...first, ...args], env);
      const idsOf = async (service: string) =>
        (await compose('ps', '-q', service)).split('\n').filter(Boolean);
      return { run: compose, idsOf };
    },
  };
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../../scripts/redis/run-command.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const commandMs = 280_000;
/** What runs in production. */
const code = ['apps', 'packages/core'];

/** A commit of this repository in a folder of its own, installed. Disposing removes it. */
export interface EarlierCheckout extends AsyncDisposable {
  readonly root: string;
  /** As it was asked for: a tag, or the beginning of a commit. */
  readonly name: string;
}

/**
 * The commit that `ref` names; without one the last release, or where no tag is, the commit before the one that changed the
 * roles last. Throws where there is no such commit.
 */
export async function checkOutEarlier(ref = process.env['VERSION_BEFORE']): Promise<EarlierCheckout> {
  const commit = await git('rev-parse', '--verify', `${ref || (await findEarlier())}^{commit}`);
  await using opened = new AsyncDisposableStack();
  const folder = opened.adopt(await mkdtemp(join(tmpdir(), 'calute-earlier-')), (path) =>
    rm(path, { recursive: true, force: true }),
  );
  await git('worktree', 'add', '--detach', folder, commit);
  opened.defer(async () => void (await git('worktree', 'remove', '--force', folder)));
  await succeed('npm', ['ci', '--ignore-scripts', '--omit=dev', '--omit=optional', '--prefix', folder]);
  const open = opened.move();
  return { root: folder, name: ref || commit.slice(0, 8), [Symbol.asyncDispose]: () => open.disposeAsync() };
}

async function findEarlier(): Promise<string> {
  const tag = await git('describe', '--tags', '--abbrev=0', 'HEAD~').catch(() => undefined);
  if (tag !== undefined) return tag;
  const last = await git('rev-list', '-1', 'HEAD', '--', ...code);
  return `${last}~`;
}

function git(...args: readonly string[]): Promise<string> {
  return succeed('git', ['-C', root, ...args]);
}

async function succeed(program: string, args: readonly string[]): Promise<string> {
  const ran = await runCommand(program, args, { timeoutMs: commandMs });
  if (ran.outcome === 'failed')
    throw new Error(`${program} ${args.join(' ')} failed; the history has to be there: ${ran.output}`);
  return ran.stdout;
}

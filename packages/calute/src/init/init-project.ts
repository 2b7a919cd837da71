import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommandFailure } from '../cli/command-failure.ts';
import { mergeManifest } from './merge-manifest.ts';

/** Names that npm would not put into a package as they are. */
const realNames: Readonly<Record<string, string>> = {
  gitignore: '.gitignore',
  dockerignore: '.dockerignore',
  'env.example': '.env.example',
};

/** Writes a project into a folder; gives the files that were written. Writes nothing when one of them exists already. */
export async function initProject(folder: string, version: string): Promise<readonly string[]> {
  const target = resolve(folder);
  const template = fileURLToPath(new URL('../../template', import.meta.url));
  const files = await listFiles(template);
  const writes = files.map((file) => ({ file, to: realNames[file] ?? file }));
  const taken = writes.filter(({ to }) => existsSync(join(target, to))).map(({ to }) => to);
  if (taken.length > 0) {
    throw new CommandFailure(
      `${target} has ${taken.join(', ')} already: nothing is written. Name a new folder: calute init FOLDER.`,
    );
  }
  const manifestFile = join(target, 'package.json');
  const existing = existsSync(manifestFile) ? await readFile(manifestFile, 'utf8') : undefined;
  const manifest = mergeManifest(existing, {
    name: toPackageName(target),
    version,
    hasCode: await hasScripts(target),
  });
  for (const { file, to } of writes) {
    await mkdir(dirname(join(target, to)), { recursive: true });
    await writeFile(join(target, to), await readFile(join(template, file)));
  }
  await writeFile(manifestFile, manifest);
  return ['package.json', ...writes.map(({ to }) => to)];
}

/** Whether a change of the module type would change what is there. */
async function hasScripts(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch(() => []);
  return names.some((name) => name === 'src' || name.endsWith('.js'));
}

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort();
}

/** A folder's name as npm takes it. */
function toPackageName(folder: string): string {
  const name = basename(folder)
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replace(/^[._-]+/, '');
  return name === '' || name === 'calute' ? 'agents' : name;
}

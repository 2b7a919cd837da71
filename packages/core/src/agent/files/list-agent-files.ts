import { readdir, realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/**
 * The real path of `folder`, as node names it in what it imports, and its agent files, sorted, as absolute paths: every
 * .ts, .js and .mjs that is neither a test nor set aside by a leading `_` or `.`. Throws when the folder is missing or has
 * none.
 */
export async function listAgentFiles(folder: string): Promise<{ root: string; files: string[] }> {
  const { root, names } = await readNames(resolve(folder));
  const files = names.filter(isAgentFile).sort();
  if (files.length === 0) {
    throw new Error(
      `No agent files (.ts, .js or .mjs) in ${root}. Add one, or set CALUTE_AGENTS to another folder.`,
    );
  }
  return { root, files: files.map((name) => join(root, name)) };
}

async function readNames(path: string): Promise<{ root: string; names: string[] }> {
  try {
    const root = await realpath(path);
    const entries = await readdir(root, { withFileTypes: true });
    return { root, names: entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name) };
  } catch (cause) {
    throw new Error(
      `Cannot read the agent folder ${path}. Create it, or set CALUTE_AGENTS to another folder.`,
      { cause },
    );
  }
}

function isAgentFile(name: string): boolean {
  return /\.(ts|js|mjs)$/.test(name) && !/\.(test|d)\.\w+$/.test(name) && !/^[._]/.test(name);
}

import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/**
 * The agent files of `folder`, sorted, as absolute paths: every .ts, .js and .mjs that is neither a test nor set aside by
 * a leading `_` or `.`. Throws when the folder is missing or has none.
 */
export async function listAgentFiles(folder: string): Promise<string[]> {
  const root = resolve(folder);
  const names = await readNames(root);
  const files = names.filter(isAgentFile).sort();
  if (files.length === 0) {
    throw new Error(
      `No agent files (.ts, .js or .mjs) in ${root}. Add one, or set CALUTE_AGENTS to another folder.`,
    );
  }
  return files.map((name) => join(root, name));
}

async function readNames(root: string): Promise<string[]> {
  try {
    const entries = await readdir(root, { withFileTypes: true });
    return entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
  } catch (cause) {
    throw new Error(
      `Cannot read the agent folder ${root}. Create it, or set CALUTE_AGENTS to another folder.`,
      { cause },
    );
  }
}

function isAgentFile(name: string): boolean {
  return /\.(ts|js|mjs)$/.test(name) && !/\.(test|d)\.\w+$/.test(name) && !/^[._]/.test(name);
}

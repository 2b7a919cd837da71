import { readdir, readFile, stat } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { dirname, join, normalize } from 'node:path';
import { readSource, type Source } from './read-source.ts';

export const sourceFolders = ['agents', 'apps', 'bench', 'packages', 'scripts', 'tests'] as const;

/** Where an import leads. */
export type Target =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'package'; readonly name: string }
  /** No such file. */
  | { readonly kind: 'nothing'; readonly specifier: string };

export interface ProjectFile extends Source {
  /** From the root, with slashes. */
  readonly path: string;
  readonly imports: readonly Target[];
}

/** Every source file below `root` with where its imports lead. */
export async function readProject(root: string): Promise<readonly ProjectFile[]> {
  const paths = (await Promise.all(sourceFolders.map((folder) => listFiles(root, folder)))).flat();
  const known = new Set(paths);
  return Promise.all(
    paths.map(async (path) => {
      const source = readSource(path, await readFile(join(root, path), 'utf8'));
      const imports = source.specifiers.flatMap((specifier) => resolve(path, specifier, known));
      return { path, ...source, imports };
    }),
  );
}

async function listFiles(root: string, folder: string): Promise<string[]> {
  if (!(await stat(join(root, folder)).catch(() => undefined))) return [];
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  const nested = entries.map(async (entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : listFiles(root, path);
    return /\.(ts|mjs|js)$/.test(entry.name) ? [path] : [];
  });
  return (await Promise.all(nested)).flat();
}

const ownPackage = /^@calute\/(?<name>[^/]+)(\/(?<file>.+))?$/;

/** As Node resolves it here: relative paths carry their extension, and `@calute/core/*` is `packages/core/src/*.ts`. */
function resolve(from: string, specifier: string, known: ReadonlySet<string>): Target[] {
  if (specifier.startsWith('node:') || builtinModules.includes(specifier)) return [];
  const own = ownPackage.exec(specifier)?.groups;
  if (own !== undefined) {
    const folder = own['name'] === 'core' ? 'packages/core' : `apps/${own['name']}`;
    return [toFile(`${folder}/src/${own['file'] ?? 'index'}.ts`, specifier, known)];
  }
  if (specifier.startsWith('.')) return [toFile(normalize(join(dirname(from), specifier)), specifier, known)];
  const parts = specifier.split('/');
  return [{ kind: 'package', name: parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/') }];
}

function toFile(path: string, specifier: string, known: ReadonlySet<string>): Target {
  const slashed = path.replaceAll('\\', '/');
  return known.has(slashed) ? { kind: 'file', path: slashed } : { kind: 'nothing', specifier };
}

import { createRequire, registerHooks } from 'node:module';
import { sep } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Imports a file of a folder as of a given load: what was imported for an earlier load is not used again. */
export type ImportAfresh = (file: string, load: number) => Promise<{ readonly default?: unknown }>;

const parameter = 'load';

/**
 * Node keeps every module for the life of the process, by its URL. So each load after the first gets URLs of its own
 * (`a.ts?load=2`), which a hook passes on to whatever is imported from there within `root`, also lazily and later: one
 * load sees one state of the folder. Packages and files elsewhere stay as they are. The hook stays for the life of the
 * process.
 */
export function createImportAfresh(root: string): ImportAfresh {
  const rootUrl = pathToFileURL(root + sep).href;
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const resolved = nextResolve(specifier, context);
      const load = context.parentURL === undefined ? null : loadOf(context.parentURL);
      const isOurs = load !== null && resolved.url.startsWith(rootUrl);
      if (!isOurs || resolved.url.includes('/node_modules/', rootUrl.length - 1)) return resolved;
      return { ...resolved, url: withLoad(resolved.url, load) };
    },
  });
  return async (file, load) => {
    const url = pathToFileURL(file).href;
    if (load > 1) forgetRequired(root);
    return await import(/* @vite-ignore */ load > 1 ? withLoad(url, String(load)) : url);
  };
}

function loadOf(url: string): string | null {
  return url.startsWith('file:') && url.includes('?') ? new URL(url).searchParams.get(parameter) : null;
}

function withLoad(url: string, load: string): string {
  const versioned = new URL(url);
  versioned.searchParams.set(parameter, load);
  return versioned.href;
}

/** CommonJS modules are kept by their path, whatever their URL says. */
function forgetRequired(root: string): void {
  const { cache } = createRequire(import.meta.url);
  for (const path of Object.keys(cache).filter((one) => one.startsWith(root + sep))) delete cache[path];
}

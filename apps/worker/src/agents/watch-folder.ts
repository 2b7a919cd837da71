import { extname, relative, sep } from 'node:path';
import { watch } from 'chokidar';

export interface WatchedFolder {
  close(): Promise<void>;
}

export interface WatchFolderParts {
  readonly folder: string;
  /** Called when the folder has been quiet for a moment after a change. */
  onChange(): void;
  onError(error: unknown): void;
}

/** An editor saves in several steps: it writes beside, renames, sets rights. */
const quietMs = 100;
/** What code is made of, and the texts that it may read beside it. */
const extensions = new Set(['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs', '.json', '.md', '.txt']);

/** Watches the code in a folder and below, without packages and hidden files; resolves once no change is missed any more. */
export async function watchFolder({ folder, onChange, onError }: WatchFolderParts): Promise<WatchedFolder> {
  const watcher = watch(folder, {
    ignoreInitial: true,
    ignored: (path, stats) =>
      isSetAside(relative(folder, path)) || (stats?.isFile() === true && !extensions.has(extname(path))),
  });
  let timer: NodeJS.Timeout | undefined;
  watcher.on('all', () => {
    clearTimeout(timer);
    timer = setTimeout(onChange, quietMs);
  });
  watcher.on('error', onError);
  await new Promise<void>((resolve) => watcher.once('ready', resolve));
  return {
    async close() {
      clearTimeout(timer);
      await watcher.close();
    },
  };
}

function isSetAside(path: string): boolean {
  return path.split(sep).some((name) => name === 'node_modules' || /^\.[^.]/.test(name));
}

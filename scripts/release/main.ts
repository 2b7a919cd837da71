import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pack } from './pack.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** `npm run release:pack [-- FOLDER]`: makes the tarball that installs into any project. */
async function main([folder, ...rest]: readonly string[]): Promise<number> {
  if (folder?.startsWith('-') || rest.length > 0) {
    const isHelp = folder === '--help' || folder === '-h';
    (isHelp ? console.log : console.error)(
      'usage: npm run release:pack [-- FOLDER]\n\nMakes calute-VERSION.tgz in FOLDER (default: .calute/release).',
    );
    return isHelp ? 0 : 1;
  }
  const { file, bytes, files } = await pack(
    root,
    folder ? resolve(folder) : join(root, '.calute', 'release'),
  );
  console.error(`${files} files, ${Math.round(bytes / 1024)} KiB`);
  console.log(file);
  return 0;
}

process.exitCode = await main(process.argv.slice(2));

import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { chmod, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createManifest } from './create-manifest.ts';
import { listAssets, listSources } from './list-sources.ts';
import { rewriteImports } from './rewrite-imports.ts';

const bin = 'packages/calute/bin/calute.mjs';

/**
 * Makes the package in `target`: JavaScript and declarations of all sources at their places below `dist`, where they find each
 * other as in a checkout, with what goes along and one package.json. Throws with the compiler's output.
 */
export async function buildPackage(root: string, target: string): Promise<void> {
  await rm(target, { recursive: true, force: true });
  const dist = join(target, 'dist');
  await mkdir(dist, { recursive: true });
  await compile(root, { target, dist });
  for (const path of globSync('**/*.{js,d.ts}', { cwd: dist }).map((one) => one.replaceAll('\\', '/'))) {
    const file = join(dist, path);
    await writeFile(file, rewriteImports(path, await readFile(file, 'utf8')));
  }
  for (const path of listAssets(root)) {
    await mkdir(dirname(join(dist, path)), { recursive: true });
    await copyFile(join(root, path), join(dist, path));
  }
  await mkdir(dirname(join(dist, bin)), { recursive: true });
  const program = await readFile(join(root, bin), 'utf8');
  await writeFile(join(dist, bin), program.replace("/main.ts'", "/main.js'"));
  await chmod(join(dist, bin), 0o755);
  await copyFile(join(root, 'LICENSE'), join(target, 'LICENSE'));
  await copyDocs(root, target);
  await writeFile(join(target, 'package.json'), `${JSON.stringify(createManifest(root), undefined, 2)}\n`);
}

/** The documents, which the commands name; that of the package is its first page. */
async function copyDocs(root: string, target: string): Promise<void> {
  await mkdir(join(target, 'docs'));
  for (const name of globSync('*.md', { cwd: join(root, 'docs') }))
    await copyFile(join(root, 'docs', name), join(target, 'docs', name));
  const page = await readFile(join(root, 'docs', 'package.md'), 'utf8');
  await writeFile(join(target, 'README.md'), page.replaceAll(/\]\((?=[\w-]+\.md)/g, '](docs/'));
}

async function compile(root: string, { target, dist }: { target: string; dist: string }): Promise<void> {
  const config = join(target, 'tsconfig.json');
  const settings = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      noEmit: false,
      rewriteRelativeImportExtensions: true,
      rootDir: root,
      outDir: dist,
      target: 'esnext',
      typeRoots: [join(root, 'node_modules', '@types')],
    },
    include: [],
    files: listSources(root).map((path) => join(root, path)),
  };
  await writeFile(config, JSON.stringify(settings));
  const compiled = spawnSync(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '-p', config],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );
  await rm(config);
  if (compiled.status !== 0)
    throw new Error(`The package does not compile:\n${compiled.stdout}${compiled.stderr}`);
}

import { spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { buildPackage } from './build-package.ts';

const packedSchema = z
  .array(z.object({ filename: z.string(), size: z.number(), entryCount: z.number() }))
  .min(1);

export interface Packed {
  readonly file: string;
  readonly bytes: number;
  readonly files: number;
}

/** Makes the tarball of the package in `folder`. */
export async function pack(root: string, folder: string): Promise<Packed> {
  const built = join(folder, 'package');
  await mkdir(folder, { recursive: true });
  await buildPackage(root, built);
  const [npm, ...first] = npmCommand();
  const packed = spawnSync(npm, [...first, 'pack', '--json', '--pack-destination', folder, built], {
    encoding: 'utf8',
    cwd: folder,
  });
  if (packed.status !== 0) throw new Error(`npm pack failed:\n${packed.stdout}${packed.stderr}`);
  const parsed: unknown = JSON.parse(packed.stdout);
  const [tarball] = packedSchema.parse(Array.isArray(parsed) ? parsed : Object.values(Object(parsed)));
  if (tarball === undefined) throw new Error('npm pack made nothing.');
  return { file: join(folder, tarball.filename), bytes: tarball.size, files: tarball.entryCount };
}

/** The npm that runs this, where one does. */
function npmCommand(): readonly [string, ...string[]] {
  const npm = process.env['npm_execpath'];
  return npm?.endsWith('.js') ? [process.execPath, npm] : ['npm'];
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const manifestSchema = z.object({
  version: z.string(),
  description: z.string().optional(),
  license: z.string().optional(),
  dependencies: z.record(z.string(), z.string()).default({}),
});

const workspaces = ['.', 'packages/core', 'packages/calute', 'apps/api', 'apps/worker'];
/** A project makes its schemas with it: there must be one, and it is the project's. */
const peers = ['zod'];

/** The package.json of the package: one for all workspaces, whose dependencies it has. */
export function createManifest(root: string): Record<string, unknown> {
  const manifests = workspaces.map((workspace) => readManifest(join(root, workspace)));
  const own = readManifest(join(root, 'packages/calute'));
  const all = Object.fromEntries(
    manifests
      .flatMap(({ dependencies }) => Object.entries(dependencies))
      .filter(([name]) => !name.startsWith('@calute/') && name !== 'calute')
      .toSorted(([one], [other]) => (one < other ? -1 : 1)),
  );
  const isPeer = ([name]: readonly [string, string]) => peers.includes(name);
  const door = (path: string) => ({ types: `./dist/${path}.d.ts`, default: `./dist/${path}.js` });
  return {
    name: 'calute',
    version: own.version,
    description: own.description,
    license: own.license,
    type: 'module',
    engines: { node: '>=24' },
    bin: { calute: 'dist/packages/calute/bin/calute.mjs' },
    exports: {
      '.': door('packages/calute/src/define-agent'),
      './testing': door('packages/calute/src/testing/run-agent'),
      './package.json': './package.json',
    },
    files: ['dist', 'docs'],
    dependencies: Object.fromEntries(Object.entries(all).filter((entry) => !isPeer(entry))),
    peerDependencies: Object.fromEntries(
      Object.entries(all)
        .filter(isPeer)
        .map(([name, version]) => [name, `^${version}`]),
    ),
  };
}

function readManifest(folder: string): z.infer<typeof manifestSchema> {
  return manifestSchema.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));
}

import { z } from 'zod';
import { CommandFailure } from '../cli/command-failure.ts';

/** What the project of a new folder asks for, by the version that is tried with this package. */
const zodRange = '^4.6.7';
const devPackages = { typescript: '^7.0.2', '@types/node': '^24.0.0' };

const scripts = {
  dev: 'calute dev',
  start: 'calute start',
  test: 'node --test "tests/*.test.ts"',
  check: 'tsc && calute agents check',
};

const record = z.record(z.string(), z.string()).default({});
const manifestSchema = z.looseObject({
  type: z.string().optional(),
  scripts: record,
  dependencies: record,
  devDependencies: record,
});

/**
 * The package.json of a project: what `existing` says stays, what agents need is added. An `npm install calute` has made one
 * already, mostly.
 */
export function mergeManifest(
  existing: string | undefined,
  { name, version, hasCode }: { readonly name: string; readonly version: string; readonly hasCode: boolean },
): string {
  const found = manifestSchema.safeParse(existing === undefined ? { name, private: true } : parse(existing));
  if (!found.success)
    throw new CommandFailure('package.json is not one that can be added to: correct it first.');
  const { scripts: own, dependencies, devDependencies, ...rest } = found.data;
  if (hasCode && rest.type !== 'module') {
    throw new CommandFailure(
      'Agents are ES modules, and the JavaScript of this folder is CommonJS: name a new folder, calute init FOLDER.',
    );
  }
  // What `npm init` writes for want of a test.
  const kept = Object.fromEntries(Object.entries(own).filter(([, command]) => !isPlaceholder(command)));
  const manifest = {
    ...rest,
    type: 'module',
    scripts: { ...scripts, ...kept },
    dependencies: { calute: `^${version}`, zod: zodRange, ...dependencies },
    devDependencies: { ...devPackages, ...devDependencies },
    engines: rest['engines'] ?? { node: '>=24' },
  };
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

function isPlaceholder(command: string): boolean {
  return command.includes('no test specified');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

import { globSync } from 'node:fs';
import { join, relative } from 'node:path';

/** What a project at work needs: no tests, nothing that only tests use. */
const folders = [
  'packages/{core,calute}/src',
  'apps/{api,worker}/src',
  'scripts/{start,redis,operator,keys,dead-letters}',
];
const forTests = /\.(test|contract)\.ts$|\/fixtures\//;
const testing = /\/testing\//;

/** The sources that go into the package, from the root. */
export function listSources(root: string): string[] {
  return (
    folders
      .flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: root }))
      .map((path) => path.replaceAll('\\', '/'))
      .filter((path) => !forTests.test(path))
      // `calute/testing` is for users; the others are for our own tests.
      .filter((path) => !testing.test(path) || path.startsWith('packages/calute/src/testing/'))
      .filter((path) => !/^scripts\/.*\/main\.ts$/.test(path))
      .toSorted()
  );
}

/** What goes along as it is: scripts of Redis, and whatever else stands beside the sources. */
export function listAssets(root: string): string[] {
  const beside = globSync('{packages/{core,calute},apps/{api,worker}}/src/**/*', {
    cwd: root,
    withFileTypes: true,
  }).filter(({ name, parentPath }) => !name.endsWith('.ts') && !/fixtures|testing/.test(parentPath));
  const template = globSync('packages/calute/template/**/*', { cwd: root, withFileTypes: true });
  return [...beside, ...template]
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .toSorted();
}

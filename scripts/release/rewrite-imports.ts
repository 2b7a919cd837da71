import { dirname, relative } from 'node:path/posix';

const ownImport =
  /(?<before>\bfrom |\bimport |\bimport\()(?<quote>['"])@calute\/core\/(?<file>[^'"]+)\k<quote>/g;
/** Declarations keep the extension that the compiler leaves alone. */
const relativeTypes = /(?<before>\bfrom |\bimport |\bimport\()(?<quote>['"])(?<file>\.[^'"]+)\.ts\k<quote>/g;

/**
 * The text of an emitted file (`path` from the root, as all are) with imports that lead within the package: what was a package
 * of the workspace is a folder of this one.
 */
export function rewriteImports(path: string, text: string): string {
  const inPackage = text.replaceAll(ownImport, (...match) => {
    const { before, quote, file } = match.at(-1) as Record<'before' | 'quote' | 'file', string>; // because named groups come last
    const to = relative(dirname(path), `packages/core/src/${file}.js`);
    return `${before}${quote}${to.startsWith('.') ? to : `./${to}`}${quote}`;
  });
  return inPackage.replaceAll(relativeTypes, '$<before>$<quote>$<file>.js$<quote>');
}

import { relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What is wrong with an agent file, with the place in it or in the file of the folder that it imports, when it is known. */
export function describeImportFault(root: string, file: string, error: unknown): string {
  if (!(error instanceof Error)) return `it throws ${String(error)}`;
  const place = findPlace(root, error.stack ?? '');
  if (place === undefined) return error.message;
  const isOther = place.path !== relative(root, file);
  return `${isOther ? `${place.path} ` : ''}line ${place.line}: ${error.message}`;
}

/**
 * The first place of a stack that lies in the folder. Node names a file there as a URL, or as a path above a syntax error
 * of type stripping.
 */
function findPlace(root: string, stack: string): { path: string; line: string } | undefined {
  const places = [pathToFileURL(root + sep).href, root + sep].flatMap((start) => {
    const at = stack.indexOf(start);
    const found = at === -1 ? null : /^([^:?\n]+)(?:\?[^:\n]*)?:(\d+)/.exec(stack.slice(at + start.length));
    const [, path, line] = found ?? [];
    return path !== undefined && line !== undefined ? [{ at, path: decodeURI(path), line }] : [];
  });
  return places.toSorted((a, b) => a.at - b.at)[0];
}

import type { ProjectFile } from './read-project.ts';

/** Every import cycle, type-only imports included, once each as `a -> b -> a`. */
export function findCycles(files: readonly ProjectFile[]): string[] {
  const graph = new Map(files.map((file) => [file.path, targetsOf(file)]));
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]) => {
    const at = trail.indexOf(path);
    if (at >= 0) cycles.push([...trail.slice(at), path].join(' -> '));
    if (at >= 0 || done.has(path)) return;
    for (const target of graph.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return cycles;
}

function targetsOf({ imports }: ProjectFile): string[] {
  return imports.flatMap((target) => (target.kind === 'file' ? [target.path] : []));
}

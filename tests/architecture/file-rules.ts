import type { ProjectFile } from './read-project.ts';

const maxLines = 250;
/** Names that say nothing of the one concept a file is for. */
const emptyName = /(^|\/)(index|utils?|helpers?|common|misc|types)(\.[\w.]+)?(\/|$)/;

/** Every file that is too long, badly named or writes to the console, as `file: rule`. */
export function findFileFaults(files: readonly ProjectFile[]): string[] {
  return files.flatMap((file) => [...faultsOf(file)].map((fault) => `${file.path}: ${fault}`));
}

function* faultsOf({ path, lines, usesConsole }: ProjectFile): Generator<string> {
  if (lines > maxLines) yield `${lines} lines, at most ${maxLines} are allowed`;
  if (emptyName.test(path)) yield 'its name says nothing: name it for its concept';
  if (usesConsole && !path.startsWith('scripts/')) yield 'only scripts may write to the console';
}

import type { ResultsHead } from '../figures/results.ts';

/** The title, and what the figures depend on. */
export function headOf(title: string, { at, mode, machine, versions }: ResultsHead): string {
  const { cores, memoryGb, platform } = machine;
  const parts = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `# ${title} (${mode}), ${at}`,
    `${cores} cores, ${memoryGb} GB, ${platform}; ${parts.join(', ')}.`,
    ...(hasNoProc(platform)
      ? ['CPU time and memory of processes are left out: this system has no /proc.']
      : []),
  ].join('\n\n');
}

function hasNoProc(platform: string): boolean {
  return !platform.startsWith('linux');
}

/** What the figures in brackets are. */
export function recordedNote(recorded: ResultsHead | undefined): string {
  return recorded === undefined ? 'No run is recorded.' : `In brackets: the run recorded at ${recorded.at}.`;
}

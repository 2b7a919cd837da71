import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stripVTControlCharacters } from 'node:util';
import type { Section } from './sections.ts';

export interface SectionResult {
  readonly passed: boolean;
  /** One line for people. */
  readonly summary: string;
  /** The tool's output, for a section that failed. */
  readonly output: string;
}

/** Runs one tool to its end. It fails as well when it has looked at less than there is. */
export async function runSection(root: string, section: Section): Promise<SectionResult> {
  const since = performance.now();
  // Colours would stand between the words that are counted by.
  const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined };
  const child = spawn(process.execPath, section.command, {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const [code] = await once(child, 'close');
  const seconds = ((performance.now() - since) / 1000).toFixed(1);
  const looked = section.count(stripVTControlCharacters(output));
  // The list of files that the compiler has read is for counting.
  output = output.replaceAll(/^(\/|[A-Z]:).*\.ts\n/gm, '');
  if (code !== 0) return { passed: false, summary: `failed (${seconds} s)`, output };
  if (looked < section.atLeast) {
    return {
      passed: false,
      summary: `looked at ${looked} of at least ${section.atLeast}: something is left out`,
      output,
    };
  }
  return { passed: true, summary: `passed (${looked} looked at, ${seconds} s)`, output };
}

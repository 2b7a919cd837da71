import { fileURLToPath } from 'node:url';
import { runSection } from './check/run-section.ts';
import { createSections } from './check/sections.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Every static check, each to its end, so that one run shows all there is to mend. */
async function main(): Promise<number> {
  const failed: string[] = [];
  for (const section of createSections(root)) {
    const { passed, summary, output } = await runSection(root, section);
    if (!passed) {
      console.log(output.trim());
      failed.push(section.title);
    }
    console.log(`check: ${section.title} ${summary}`);
  }
  console.log(failed.length === 0 ? 'check: all passed' : `check: failed: ${failed.join(', ')}`);
  return failed.length === 0 ? 0 : 1;
}

process.exitCode = await main();

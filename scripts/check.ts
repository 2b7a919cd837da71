import { fileURLToPath } from 'node:url';
import { asksForHelp } from '@calute/core/process/asks-for-help';
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

const help = `usage: npm run check

Looks at the whole checkout without running it: format and lint, types, dead code, layers. Runs each check to its end and ends
with 1 when one has failed. \`npm run format\` mends what can be mended by itself.`;

if (asksForHelp(process.argv.slice(2))) console.log(help);
else process.exitCode = await main();

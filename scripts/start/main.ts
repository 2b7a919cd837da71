import { fileURLToPath } from 'node:url';
import { StartError } from '@calute/core/process/start-error';
import { readSettings } from './settings.ts';
import { startCalute } from './start-calute.ts';
import { watchStopSignals } from './stop-signals.ts';

/** Everything on this machine: Redis, the API and as many workers as the load wants. */
async function main(): Promise<number> {
  const signals = watchStopSignals();
  // Whoever reads our lines may go first; that must not keep us from ending the rest in order.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  try {
    return await startCalute({
      settings: await readSettings(process.env),
      env: process.env,
      apiFile: pathInCheckout('apps/api/src/main.ts'),
      workerFile: pathInCheckout('apps/worker/src/main.ts'),
      stateDir: pathInCheckout('.calute'),
      signals,
      print: (line) => console.log(line),
      report: (line) => console.error(line),
    });
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    console.error(`calute: ${error.message}`);
    return 1;
  }
}

function pathInCheckout(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}

// The listeners for signals and the channel to the parent would keep the process.
process.exit(await main());

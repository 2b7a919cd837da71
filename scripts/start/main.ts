import { asksForHelp } from '@calute/core/process/asks-for-help';
import { listWarnings, refuseArgument } from '@calute/core/process/role-command';
import { pathInCheckout } from './path-in-checkout.ts';
import { runToStop } from './run-to-stop.ts';
import { readSettings, settingNames } from './settings.ts';
import { startCalute } from './start-calute.ts';

const help = `usage: npm start

Runs everything on this machine: installs what is missing, finds or starts Redis, then the API and as many workers as the load
wants. Ctrl-C lets open runs finish for up to 25 s, a second one ends at once.

Environment, and a file .env (docs/configuration.md says more):
  ${settingNames.join(' ')}

Other commands, each with --help: npm run api, worker, keys, runs, batch, dead-letters, calute, clients, check, chaos, bench; npm test.`;

/** Everything on this machine: Redis, the API and as many workers as the load wants. */
async function main([argument, ...rest]: readonly string[]): Promise<number> {
  if (argument !== undefined) {
    if (asksForHelp([argument, ...rest])) console.log(help);
    else console.error(refuseArgument(argument));
    return asksForHelp([argument, ...rest]) ? 0 : 1;
  }
  return await runToStop(async (signals) => {
    const settings = readSettings(process.env);
    for (const warning of listWarnings(process.env)) console.error(warning);
    return await startCalute({
      settings,
      env: process.env,
      apiFile: pathInCheckout('apps/api/src/main.ts'),
      workerFile: pathInCheckout('apps/worker/src/main.ts'),
      stateDir: pathInCheckout('.calute'),
      signals,
      print: (line) => console.log(line),
      report: (line) => console.error(line),
    });
  });
}

// The listeners for signals and the channel to the parent would keep the process.
process.exit(await main(process.argv.slice(2)));

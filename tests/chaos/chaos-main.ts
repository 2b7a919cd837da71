import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartError } from '@calute/core/process/start-error';
import { type ChaosSettings, readChaosSettings } from './chaos-settings.ts';
import { openCluster } from './cluster.ts';
import { describeVerdict } from './describe-verdict.ts';
import { reachVerdict } from './oracle/verdict.ts';
import { runMutants } from './run-mutants.ts';
import { runSuite } from './run-suite.ts';

/** As a shell has it for Ctrl-C. */
const brokenOff = 130;

/** The fault suite: real processes, seeded faults, and an oracle that says what was lost. */
async function main(args: readonly string[]): Promise<number> {
  const stopping = watchSignals();
  try {
    if (args.includes('--mutants')) return await runMutants(process.env, { signal: stopping, say });
    return await runOnce(readChaosSettings(process.env, args), stopping);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    say(`chaos: ${error.message}`);
    return 2;
  }
}

async function runOnce(settings: ChaosSettings, signal: AbortSignal): Promise<number> {
  const { seed, durationMs, baseline, mutant = 'none' } = settings;
  const logFolder = await mkdtemp(join(tmpdir(), 'calute-chaos-'));
  say(
    `chaos: seed=${seed} duration=${durationMs / 1000}s baseline=${baseline} mutant=${mutant}; logs in ${logFolder}`,
  );
  const observed = await observe(settings, logFolder, signal);
  const verdict = reachVerdict(observed, baseline);
  const clean = verdict.violations.length === 0 && observed.unexpectedEnds === 0;
  const keepsLogs = !clean && !baseline && settings.mutant === undefined && !signal.aborted;
  if (!keepsLogs) await rm(logFolder, { recursive: true, force: true });
  // Half a suite proves nothing.
  if (signal.aborted) return brokenOff;
  for (const line of describeVerdict(observed, verdict, settings)) say(line);
  // The baseline has passed when the oracle has seen what plain pub/sub loses.
  if (baseline) return verdict.totals.lost > 0 ? 0 : 1;
  return clean ? 0 : 1;
}

async function observe(settings: ChaosSettings, logFolder: string, signal: AbortSignal) {
  await using cluster = await openCluster(settings, logFolder);
  return await runSuite(cluster, settings, signal);
}

/** Aborts on the first signal; everything that was started is ended before this process is. */
function watchSignals(): AbortSignal {
  const stopping = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'disconnect']) process.on(name, () => stopping.abort());
  return stopping.signal;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const code = await main(process.argv.slice(2));
// Into a pipe all this is written later, and an exit would cut off the closing line.
process.stdout.write('', () => process.exit(code));

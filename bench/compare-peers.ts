import { summarize } from './figures/figures.ts';
import { describeRun, type Results, readRecorded, writeResults } from './figures/results.ts';
import { installPackages } from './ground/install-packages.ts';
import type { BenchGround } from './ground/start-ground.ts';
import { startCalute } from './peers/start-calute.ts';
import { startPeers } from './peers/start-peers.ts';
import { reportOf } from './report/report.ts';
import { runRounds, warmUp } from './rounds/run-rounds.ts';
import type { BenchSettings } from './settings.ts';

/** Measures Calute beside its peers, writes the figures and gives the report. */
export async function comparePeers(ground: BenchGround, settings: BenchSettings): Promise<string> {
  const portkey = await installPackages('@portkey-ai/gateway');
  if (portkey === 'missing') process.stderr.write('Portkey is left out: it could not be installed\n');
  const peers = [...(await startPeers(ground, portkey === 'installed')), await startCalute(ground)];
  const warmUpRequests = await warmUp(peers, settings);
  const figures = summarize(await runRounds(peers, settings));
  const { mode, rounds, cellMs, save } = settings;
  const head = await describeRun(mode, ground.redisProgram);
  const results: Results = { ...head, rounds, cellMs, warmUpRequests, figures };
  const report = reportOf(results, await readRecorded<Results>(''));
  const paths = await writeResults(results, { suffix: '', save });
  return `${report}\n\nWritten to ${paths.join(' and ')}.`;
}

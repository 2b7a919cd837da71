import { summarize } from './figures.ts';
import { installPackages } from './install-packages.ts';
import { redisVersion } from './redis-version.ts';
import { reportOf } from './report.ts';
import { describeRun, type Results, readRecorded, writeResults } from './results.ts';
import { runRounds, warmUp } from './run-rounds.ts';
import type { BenchSettings } from './settings.ts';
import { startCalute } from './start-calute.ts';
import type { BenchGround } from './start-ground.ts';
import { startPeers } from './start-peers.ts';

/** Measures Calute beside its peers, writes the figures and gives the report. */
export async function comparePeers(ground: BenchGround, settings: BenchSettings): Promise<string> {
  const portkey = await installPackages('@portkey-ai/gateway');
  if (portkey === 'missing') process.stderr.write('Portkey is left out: it could not be installed\n');
  const peers = [...(await startPeers(ground, portkey === 'installed')), await startCalute(ground)];
  const warmUpRequests = await warmUp(peers, settings);
  const figures = summarize(await runRounds(peers, settings));
  const { mode, rounds, cellMs, save } = settings;
  const head = await describeRun(mode, await redisVersion(ground.redisProgram));
  const results: Results = { ...head, rounds, cellMs, warmUpRequests, figures };
  const report = reportOf(results, await readRecorded<Results>(''));
  const paths = await writeResults(results, { suffix: '', save });
  return `${report}\n\nWritten to ${paths.join(' and ')}.`;
}

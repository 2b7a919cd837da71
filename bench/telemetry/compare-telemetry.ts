import { describeRun, type ResultsHead, writeResults } from '../figures/results.ts';
import { figuresOfUses } from '../figures/use-figures.ts';
import { type BenchGround, startOn } from '../ground/start-ground.ts';
import { type CalutePeer, startCalute } from '../peers/start-calute.ts';
import { usualLoad } from '../processes/protocol.ts';
import { measureUse, type Use } from '../rounds/measure-use.ts';
import { turned, warmUp } from '../rounds/run-rounds.ts';
import type { BenchSettings } from '../settings.ts';
import { scrape } from './scrape.ts';
import { type TelemetryFigures, telemetryReportOf, type Variant } from './telemetry-report.ts';

interface Observed {
  readonly variant: Variant;
  readonly peer: CalutePeer;
  readonly uses: Use[];
}

interface TelemetryResults extends ResultsHead {
  readonly rounds: number;
  readonly cellMs: number;
  readonly figures: readonly TelemetryFigures[];
}

/** Measures what metrics and traces cost beside the same without, writes the figures and gives the report. */
export async function compareTelemetry(ground: BenchGround, settings: BenchSettings): Promise<string> {
  const { mode, rounds, cellMs, save } = settings;
  const observed = await startVariants(ground);
  await warmUp(
    observed.map(({ peer }) => peer),
    settings,
  );
  for (let round = 0; round < rounds; round += 1) {
    process.stderr.write(`round ${round + 1} of ${rounds}\n`);
    for (const one of turned(observed, round)) one.uses.push(await measureOne(one, cellMs));
  }
  const figures = observed.map(({ variant, uses }) => ({ variant, ...figuresOfUses(uses) }));
  const head = await describeRun(mode, ground.redisProgram);
  const results: TelemetryResults = { ...head, rounds, cellMs, figures };
  const paths = await writeResults(results, { suffix: '-telemetry', save });
  return `${telemetryReportOf(figures)}\n\nWritten to ${paths.join(' and ')}.`;
}

/** One installation for each variant, each with a Redis of its own; twice the same without, which shows how much chance there is. */
async function startVariants(ground: BenchGround): Promise<readonly Observed[]> {
  const sink = await startOn(ground, { file: 'bench/processes/sink/main.ts' });
  const settings: Readonly<Record<Variant, Readonly<Record<string, string>>>> = {
    off: {},
    'off again': {},
    metrics: { ADMIN_PORT: '0' },
    traces: { OTEL_EXPORTER_OTLP_ENDPOINT: sink.url },
  };
  const observed: Observed[] = [];
  for (const [variant, env] of Object.entries(settings) as [Variant, Readonly<Record<string, string>>][]) {
    // because Object.entries widens the names
    const peer = await startCalute(ground, { name: `telemetry-${variant.replace(' ', '-')}`, env });
    observed.push({ variant, peer, uses: [] });
  }
  return observed;
}

async function measureOne({ variant, peer }: Observed, cellMs: number): Promise<Use> {
  const load = { ...usualLoad, until: { kind: 'time', ms: cellMs } } as const;
  await using _scraping = scrape(variant === 'metrics' ? peer.admins : []);
  return await measureUse(peer, load);
}

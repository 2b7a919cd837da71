import type { Figures } from './figures.ts';
import { judgeGoals, ratioOf } from './goals.ts';
import { type PeerId, peerTitles } from './peer.ts';
import type { Results } from './results.ts';
import { type Scenario, scenariosOf } from './scenarios.ts';
import type { Spread } from './statistics.ts';
import { formatFigure, formatRatio, formatTable } from './table.ts';

/** The whole run in Markdown, with the ratios of the recorded run beside its own. */
export function reportOf(results: Results, recorded: Results | undefined): string {
  const { figures } = results;
  const scenarios = scenariosOf(results.mode);
  return [
    headOf(results),
    ...scenarios.flatMap((scenario) => [`## ${scenario.title}`, tableOf(figures, scenario)]),
    '## Each peer as a multiple of Calute',
    recorded === undefined ? 'No run is recorded.' : `In brackets: the run recorded at ${recorded.at}.`,
    multiplesOf(results, recorded, scenarios),
    '## Goals: Calute as a multiple of the peer',
    goalsOf(figures),
    ...errorsOf(figures),
  ].join('\n\n');
}

function headOf({ mode, rounds, cellMs, warmUpRequests, machine, versions, at }: Results): string {
  const parts = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const few = warmUpRequests < 10_000 ? ', fewer than the 10,000 of a steady state' : '';
  return [
    `# Benchmark (${mode}), ${at}`,
    `${machine.cores} cores, ${machine.memoryGb} GB, ${machine.platform}; ${parts.join(', ')}.`,
    `Medians of ${rounds} interleaved rounds of ${cellMs / 1000} s, lowest and highest in brackets; at least ${warmUpRequests} requests to each peer before${few}.`,
    ...(hasNoProc(machine.platform) ? ['CPU and memory are left out: this system has no /proc.'] : []),
  ].join('\n\n');
}

function hasNoProc(platform: string): boolean {
  return !platform.startsWith('linux');
}

function tableOf(figures: readonly Figures[], { id }: Scenario): string {
  const headers = [
    'peer',
    'TTFT p50 ms',
    'TTFT p99 ms',
    'requests/s',
    'tokens/s',
    'CPU µs/request',
    'API + worker + Redis',
    'RSS MB',
  ];
  const rows = figures.filter(({ scenario }) => scenario === id).map(rowOf);
  return formatTable(headers, rows);
}

function rowOf(figures: Figures): string[] {
  const title = peerTitles[figures.peer];
  if (figures.errors > 0) return [`${title}: FAILED, ${figures.errors} errors`, ...Array(7).fill('-')];
  const { api, worker, redis } = figures.cpuUsByRole;
  const split = worker === undefined ? '-' : [api, worker, redis].map(formatFigure).join(' + ');
  return [
    title,
    withNoise(figures.ttftP50Ms),
    formatFigure(figures.ttftP99Ms?.median),
    withNoise(figures.requestsPerSecond),
    formatFigure(figures.tokensPerSecond?.median),
    withNoise(figures.cpuUs),
    split,
    formatFigure(figures.rssMb?.median),
  ];
}

function withNoise(spread: Spread | undefined): string {
  if (spread === undefined) return '-';
  return `${formatFigure(spread.median)} (${formatFigure(spread.min)}-${formatFigure(spread.max)})`;
}

function multiplesOf(
  results: Results,
  recorded: Results | undefined,
  scenarios: readonly Scenario[],
): string {
  const peers = [...new Set(results.figures.map(({ peer }) => peer))].filter((peer) => peer !== 'calute');
  const columns = [
    ...scenarios.map(({ id, title }) => ({
      title: `requests/s: ${title}`,
      scenario: id,
      figure: 'requestsPerSecond' as const,
    })),
    { title: 'added TTFT, c=1', scenario: 'burst-1' as const, figure: 'addedTtftP50Ms' as const },
    { title: 'CPU/request, c=32', scenario: 'burst-32' as const, figure: 'cpuUs' as const },
  ];
  const cellOf = (peer: PeerId, column: (typeof columns)[number]) => {
    const pair = { of: peer, to: 'calute' } as const;
    const now = formatRatio(ratioOf(results.figures, column, pair));
    if (recorded === undefined) return now;
    return `${now} (${formatRatio(ratioOf(recorded.figures, column, pair))})`;
  };
  const rows = peers.map((peer) => [peerTitles[peer], ...columns.map((column) => cellOf(peer, column))]);
  return formatTable(['peer', ...columns.map(({ title }) => title)], rows);
}

function goalsOf(figures: readonly Figures[]): string {
  const rows = judgeGoals(figures).map(({ title, against, kind, goal, stretch, ratio, outcome }) => {
    const sign = kind === 'at-least' ? '≥' : '≤';
    const bounds = [goal, stretch].map((bound) => `${sign} ${bound}×`);
    return [title, peerTitles[against], formatRatio(ratio), ...bounds, outcome];
  });
  return formatTable(['figure', 'against', 'this run', 'goal', 'stretch goal', 'outcome'], rows);
}

function errorsOf(figures: readonly Figures[]): string[] {
  const failed = figures.filter(({ errors }) => errors > 0);
  if (failed.length === 0) return [];
  const lines = failed.map(
    ({ peer, scenario, errors, firstError }) =>
      `- ${peerTitles[peer]}, ${scenario}: ${errors} errors, the first: ${firstError ?? 'unknown'}`,
  );
  return ['## Errors', lines.join('\n')];
}

import type { Figures } from '../figures/figures.ts';
import { type GoalResult, judgeGoals, ratioOf } from '../figures/goals.ts';
import type { Results } from '../figures/results.ts';
import { type PeerId, peerTitles } from '../peers/peer.ts';
import { type Scenario, scenariosOf } from '../rounds/scenarios.ts';
import { headOf, recordedNote } from './report-head.ts';
import { formatBeside, formatFigure, formatRatio, formatSpread, formatTable } from './table.ts';

/** The whole run in Markdown, with the ratios of the recorded run beside its own. */
export function reportOf(results: Results, recorded: Results | undefined): string {
  const { figures } = results;
  const scenarios = scenariosOf(results.mode);
  return [
    headOf('Benchmark', results),
    methodOf(results),
    ...scenarios.flatMap((scenario) => [`## ${scenario.title}`, tableOf(figures, scenario)]),
    '## Each peer as a multiple of Calute',
    recordedNote(recorded),
    multiplesOf(results, recorded, scenarios),
    '## Goals: Calute as a multiple of the peer',
    goalsOf(results, recorded),
    ...errorsOf(figures),
  ].join('\n\n');
}

function methodOf({ rounds, cellMs, warmUpRequests }: Results): string {
  const few = warmUpRequests < 10_000 ? ', fewer than the 10,000 of a steady state' : '';
  return `Medians of ${rounds} interleaved rounds of ${cellMs / 1000} s, lowest and highest in brackets; at least ${warmUpRequests} requests to each peer before${few}.`;
}

function tableOf(figures: readonly Figures[], { id, model }: Scenario): string {
  const isPaced = model !== 'mock-burst';
  const headers = [
    'peer',
    'TTFT p50 ms',
    'TTFT p99 ms',
    // Tokens that come at once have no gap between them.
    ...(isPaced ? ['gap p99 ms'] : []),
    'requests/s',
    'tokens/s',
    'CPU µs/request',
    'API + worker + Redis',
    'RSS MB',
  ];
  const rows = figures.filter(({ scenario }) => scenario === id).map((row) => rowOf(row, isPaced));
  return formatTable(headers, rows);
}

function rowOf(figures: Figures, isPaced: boolean): string[] {
  const title = peerTitles[figures.peer];
  const { api, worker, redis } = figures.cpuUsByRole;
  const split = worker === undefined ? '-' : [api, worker, redis].map(formatFigure).join(' + ');
  const cells = [
    formatSpread(figures.ttftP50Ms),
    formatSpread(figures.ttftP99Ms),
    ...(isPaced ? [formatSpread(figures.gapP99Ms)] : []),
    formatSpread(figures.requestsPerSecond),
    formatFigure(figures.tokensPerSecond?.median),
    formatSpread(figures.cpuUs),
    split,
    formatFigure(figures.rssMb?.median),
  ];
  if (figures.errors === 0) return [title, ...cells];
  return [`${title}: FAILED, ${figures.errors} errors`, ...cells.map(() => '-')];
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
  const cellOf = (of: PeerId, column: (typeof columns)[number]) =>
    formatBeside(
      ({ figures }) => formatRatio(ratioOf(figures, column, { of, to: 'calute' })),
      results,
      recorded,
    );
  const rows = peers.map((peer) => [peerTitles[peer], ...columns.map((column) => cellOf(peer, column))]);
  return formatTable(['peer', ...columns.map(({ title }) => title)], rows);
}

function goalsOf({ figures }: Results, recorded: Results | undefined): string {
  const before = recorded && judgeGoals(recorded.figures);
  const ratio = (goal: GoalResult | undefined) => formatRatio(goal?.ratio);
  const rows = judgeGoals(figures).map((result, index) => {
    const { title, against, kind, goal, stretch, outcome } = result;
    const sign = kind === 'at-least' ? '≥' : '≤';
    const bounds = [goal, stretch].map((bound) => `${sign} ${bound}×`);
    return [title, peerTitles[against], formatBeside(ratio, result, before?.[index]), ...bounds, outcome];
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

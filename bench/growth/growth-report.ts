import type { UseFigures } from '../figures/use-figures.ts';
import { goalTable } from '../report/goal-table.ts';
import { headOf, recordedNote } from '../report/report-head.ts';
import { formatFigure, formatSpread, formatTable } from '../report/table.ts';
import { costPerToken } from './cost-per-token.ts';
import { judgeGrowth } from './growth-goals.ts';
import type { GrowthResults } from './growth-results.ts';
import type { RunCost } from './measure-tokens.ts';
import { memoryOf } from './memory-report.ts';
import { appendsOf, hopsOf } from './store-report.ts';

/** The whole measurement in Markdown, with the recorded one beside its goals. */
export function growthReportOf(results: GrowthResults, recorded: GrowthResults | undefined): string {
  const { tokens, backlog, store, memory, replicas, starts } = results;
  return [
    headOf('Growth', results),
    'Medians of some rounds, lowest and highest in brackets.',
    '## Tokens per run: all in one write, c=8',
    tokensOf(tokens.filter(({ model }) => model === 'mock-burst')),
    '## Tokens per run: one per 2 ms, c=8',
    tokensOf(tokens.filter(({ model }) => model !== 'mock-burst')),
    '## Accepting while runs wait: no worker, no HTTP, one run after the other',
    acceptsOf(backlog),
    '## One worker at a backlog',
    takesOf(backlog),
    '## A run at the store: no HTTP, no agent',
    hopsOf(store),
    '## Frames of one token: appended and published',
    appendsOf(store),
    "## Redis's memory for a run",
    memoryOf(memory),
    '## Replicas: streaming',
    replicasOf(replicas),
    '## Start-up',
    startsOf(starts),
    '## Goals',
    recordedNote(recorded),
    goalTable(judgeGrowth(results), recorded && judgeGrowth(recorded)),
  ].join('\n\n');
}

function tokensOf(runs: readonly RunCost[]): string {
  const costs = new Map(costPerToken(runs).map((cost) => [cost.tokens, cost]));
  const rows = runs.map((run) => {
    const { tokens, cpuUs, requestsPerSecond, ttftP50Ms } = run;
    const cost = costs.get(tokens);
    return orFailed(run, [
      tokens.toLocaleString('en'),
      formatSpread(ttftP50Ms),
      formatFigure(requestsPerSecond?.median),
      formatSpread(cpuUs),
      byRole(run),
      formatFigure(cost?.cpuUsPerToken),
      cost === undefined ? '-' : `${formatFigure(cost.ofShortest)}×`,
      formatFigure(cost?.marginalUs),
    ]);
  });
  const headers = ['tokens', 'TTFT p50 ms', 'runs/s', 'CPU µs/run', 'API + worker + Redis'];
  return formatTable([...headers, 'CPU µs/token', 'of the shortest', 'CPU µs per further token'], rows);
}

function acceptsOf({ accept }: GrowthResults['backlog']): string {
  const rows = accept.map(({ queued, p50Ms, p99Ms, apiCpuUs, redisCpuUs }) => [
    queued.toLocaleString('en'),
    formatSpread(p50Ms),
    formatSpread(p99Ms),
    formatSpread(apiCpuUs),
    formatSpread(redisCpuUs),
  ]);
  const cpu = ['CPU µs: accepting process', 'CPU µs: Redis'];
  return formatTable(['waiting', 'accepted after p50 ms', 'p99 ms', ...cpu], rows);
}

function takesOf({ take }: GrowthResults['backlog']): string {
  const rows = take.map(({ queued, runsPerSecond, workerCpuUs, redisCpuUs }) => [
    queued.toLocaleString('en'),
    formatFigure(runsPerSecond),
    formatFigure(workerCpuUs),
    formatFigure(redisCpuUs),
  ]);
  return formatTable(['waiting', 'runs/s', 'CPU µs/run: worker', 'CPU µs/run: Redis'], rows);
}

function replicasOf(replicas: GrowthResults['replicas']): string {
  const rows = replicas.map((row) =>
    orFailed(row, [
      `${row.workers} + ${row.apis}, c=${row.concurrency}`,
      formatSpread(row.ttftP50Ms),
      formatFigure(row.ttftP99Ms?.median),
      formatSpread(row.requestsPerSecond),
      formatSpread(row.cpuUs),
      byRole(row),
    ]),
  );
  const headers = [
    'workers + APIs, streams at once',
    'TTFT p50 ms',
    'TTFT p99 ms',
    'requests/s',
    'CPU µs/request',
  ];
  return formatTable([...headers, 'API + worker + Redis'], rows);
}

function startsOf(starts: GrowthResults['starts']): string {
  const rows = starts.map(({ role, compileCache, ms, cpuMs }) => [
    `${role === 'api' ? 'API' : 'worker'}, ${compileCache ? 'with' : 'without'} a compile cache`,
    formatSpread(ms),
    formatSpread(cpuMs),
  ]);
  return formatTable(['process', 'until it is ready, ms', 'CPU ms until then'], rows);
}

function byRole({ cpuUsByRole: { api, worker, redis } }: UseFigures): string {
  return [api, worker, redis].map(formatFigure).join(' + ');
}

/** A row with mistakes shows no figures. */
function orFailed({ errors, firstError }: UseFigures, [title = '', ...cells]: readonly string[]): string[] {
  if (errors === 0) return [title, ...cells];
  return [`${title}: FAILED, ${errors} errors, the first: ${firstError}`, ...cells.map(() => '-')];
}

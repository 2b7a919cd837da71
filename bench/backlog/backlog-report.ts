import { goalTable } from '../report/goal-table.ts';
import { latencyTable } from '../report/latency-table.ts';
import { headOf, recordedNote } from '../report/report-head.ts';
import { formatFigure, formatSpread, formatTable } from '../report/table.ts';
import type { BacklogFigures, BacklogResults } from './backlog-figures.ts';
import { judgeBacklog } from './backlog-goals.ts';
import type { BesideFlood, BesideWaiting } from './measure-flood.ts';

/** The whole measurement in Markdown, with the recorded one beside its goals. */
export function backlogReportOf(results: BacklogResults, recorded: BacklogResults | undefined): string {
  const { floods, drain } = results;
  return [
    headOf('Backlog', results),
    '## Requests of one tenant, streaming, c=1, beside waiting runs of another: time to the first token',
    latencyTable(
      floods.flatMap(({ runClass, idle, few, many }) => [
        [`no other run, before the ${runClass} ones`, idle],
        [`${formatCount(few.waiting.first)} ${runClass} runs wait`, few.latency],
        [`${formatCount(many.waiting.first)} ${runClass} runs wait`, many.latency],
      ]),
    ),
    '## What waits beside them, and when a request can start',
    floodsOf(floods),
    `## A drained backlog: ${formatCount(drain.runs)} runs, an upstream that answers at once`,
    drainOf(drain),
    '## Goals',
    recordedNote(recorded),
    goalTable(judgeBacklog(results), recorded && judgeBacklog(recorded)),
  ].join('\n\n');
}

function floodsOf(floods: readonly BesideFlood[]): string {
  const rows = floods.flatMap(({ runClass, few, many }) =>
    [few, many].map((beside) => [
      runClass,
      `${formatCount(beside.waiting.first)} to ${formatCount(beside.waiting.last)}`,
      `${beside.offered} of ${beside.room}`,
      formatFigure(beside.slotEveryMs),
      formatFigure(untilSlotMs(beside)),
    ]),
  );
  const headers = ['waiting runs', 'how many', 'offered or held, of room', 'a slot gets free every ms'];
  return formatTable([...headers, 'until one is free for a new run, ms'], rows);
}

/**
 * None, where there is room for a run of a higher class. Otherwise the workers have been offered a few runs more than they have room
 * for, and a new one starts after these.
 */
export function untilSlotMs({ offered, room, slotEveryMs }: BesideWaiting): number {
  return offered < room ? 0 : (offered - room + 1) * slotEveryMs;
}

function drainOf(drain: BacklogFigures['drain']): string {
  const { runsPerSecond, workerCpuUs, redisCpuUs, acceptedPerSecond, jobsPerSecond } = drain;
  const cpu = [formatSpread(workerCpuUs), formatSpread(redisCpuUs)];
  return formatTable(
    ['', 'a second', 'CPU µs: worker', 'CPU µs: Redis'],
    [
      ['runs: taken and finished by one worker', formatSpread(runsPerSecond), ...cpu],
      ['runs: accepted before, by one process', formatSpread(acceptedPerSecond), '-', '-'],
      ['jobs: BullMQ alone, added and taken', formatSpread(jobsPerSecond), '-', '-'],
    ],
  );
}

function formatCount(count: number): string {
  return count.toLocaleString('en');
}

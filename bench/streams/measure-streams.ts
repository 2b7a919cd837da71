import { setTimeout as wait } from 'node:timers/promises';
import type { BenchGround } from '../ground/start-ground.ts';
import { measureLoad } from '../ground/start-process.ts';
import { startCalute } from '../peers/start-calute.ts';
import { usualLoad } from '../processes/protocol.ts';
import { formatFigure, formatTable } from '../report/table.ts';
import { usageOf } from '../rounds/measure-use.ts';
import { assertRoomForStreams, readOpenFilesLimit } from './open-files.ts';
import { openStreams, slotsFor } from './open-streams.ts';

/** Collected garbage and freed buffers take a while to leave the resident size. */
const settleMs = 5000;
/** Each stream gets two more tokens and some keep-alives meanwhile. */
const watchMs = 45_000;
/** Enough to load all code, and little enough that the heap has no room that would hide what streams need. */
const warmUp = { kind: 'count', requests: 1000, maxMs: 30_000 } as const;

const slow = { model: 'mock-slow', tokens: usualLoad.tokens } as const;

type Usages = Awaited<ReturnType<typeof usageOf>>;

/** What the processes use without streams, with half of them, with all, and a while later. */
interface Stages {
  readonly before: Usages;
  readonly half: Usages;
  readonly all: Usages;
  readonly later: Usages;
  readonly open: number;
}

/** Opens `count` streams at Calute that get a token every 20 s, and gives a table of what they cost in memory and CPU. */
export async function measureStreams(ground: BenchGround, count: number): Promise<string> {
  assertRoomForStreams(count, readOpenFilesLimit());
  const calute = await startCalute(ground, { env: { WORKER_CONCURRENCY: slotsFor(count) } });
  const load = { ...usualLoad, until: warmUp };
  await measureLoad(calute.loader, { type: 'load', target: calute.target, load });
  const usage = async (afterMs: number) => {
    await wait(afterMs);
    return usageOf(calute.processes);
  };
  const before = await usage(settleMs);
  const first = await openStreams(calute, { ...slow, count: Math.floor(count / 2) });
  const half = await usage(watchMs);
  const second = await openStreams(calute, { ...slow, count: Math.ceil(count / 2) });
  const all = await usage(settleMs);
  const later = await usage(watchMs);
  const firstError = first.firstError ?? second.firstError;
  const why = firstError === undefined ? '' : ` (the first: ${firstError})`;
  const open = first.open + second.open;
  return [
    `${open} open streams, ${first.failed + second.failed} failed${why}; a token per 20 s, watched for ${watchMs / 1000} s`,
    formatStages({ before, half, all, later, open }),
  ].join('\n\n');
}

/** A stream's share of all that was added, and what each of the second half added, when the heap had grown already. */
function formatStages({ before, half, all, later, open }: Stages): string {
  const headers = ['process', 'RSS before, MB', 'half, MB', 'all, MB', 'later, MB'];
  const rows = [...later].map(([role, { rssBytes, cpuUs }]) => {
    const bytesOf = (usages: Usages) => usages.get(role)?.rssBytes ?? rssBytes;
    const perStream = (bytes: number, streams: number) => formatFigure(bytes / 1024 / streams);
    return [
      role,
      ...[before, half, all, later].map((usages) => formatFigure(bytesOf(usages) / 2 ** 20)),
      perStream(rssBytes - bytesOf(before), open),
      perStream(rssBytes - bytesOf(half), open / 2),
      formatFigure((cpuUs - (all.get(role)?.cpuUs ?? cpuUs)) / watchMs),
    ];
  });
  return formatTable([...headers, 'KiB per stream', 'per further one', 'CPU ms a second'], rows);
}

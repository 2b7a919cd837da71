import { setTimeout as wait } from 'node:timers/promises';
import { usageOf } from './measure-use.ts';
import { assertRoomForStreams, readOpenFilesLimit } from './open-files.ts';
import { usualLoad } from './protocol.ts';
import { startCalute } from './start-calute.ts';
import type { BenchGround } from './start-ground.ts';
import { measureLoad } from './start-process.ts';
import { formatFigure, formatTable } from './table.ts';

/** Collected garbage and freed buffers take a while to leave the resident size. */
const settleMs = 5000;
/** Enough to load all code, and little enough that the heap has no room that would hide what streams need. */
const warmUp = { kind: 'count', requests: 1000, maxMs: 30_000 } as const;

const spareSlots = 100;

/** Opens `count` streams at Calute that get a token every 20 s, and gives a table of what each costs in memory. */
export async function measureStreams(ground: BenchGround, count: number): Promise<string> {
  assertRoomForStreams(count, readOpenFilesLimit());
  const calute = await startCalute(ground, { env: { WORKER_CONCURRENCY: String(count + spareSlots) } });
  const load = { ...usualLoad, until: warmUp };
  await measureLoad(calute.loader, { type: 'load', target: calute.target, load });
  await wait(settleMs);
  const before = await usageOf(calute.processes);
  const report = await calute.loader.order({ type: 'open-streams', target: calute.target, count });
  if (report.type !== 'streams-open') throw new Error(`unexpected report ${report.type}`);
  await wait(settleMs);
  const after = await usageOf(calute.processes);
  const rows = [...after].map(([role, { rssBytes }]) => {
    const bytesBefore = before.get(role)?.rssBytes ?? rssBytes;
    return [
      role,
      formatFigure(bytesBefore / 2 ** 20),
      formatFigure(rssBytes / 2 ** 20),
      formatFigure((rssBytes - bytesBefore) / 1024 / report.open),
    ];
  });
  const why = report.firstError === undefined ? '' : ` (the first: ${report.firstError})`;
  return [
    `${report.open} open streams, ${report.failed} failed${why}; a token per 20 s`,
    formatTable(['process', 'RSS before, MB', 'RSS with them, MB', 'KiB per stream'], rows),
  ].join('\n\n');
}

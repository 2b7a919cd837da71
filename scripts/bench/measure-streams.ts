import { setTimeout as wait } from 'node:timers/promises';
import type { Peer, ProcessRole } from './peer.ts';
import { readUsage } from './process-usage.ts';
import { measureLoad } from './start-process.ts';
import { formatFigure, formatTable } from './table.ts';

/** Collected garbage and freed buffers take a while to leave the resident size. */
const settleMs = 5000;
/** Enough to load all code, and little enough that the heap has no room that would hide what streams need. */
const warmUp = { kind: 'count', requests: 1000, maxMs: 30_000 } as const;

/** Opens `count` streams at Calute that get a token every 20 s, and gives a table of what each costs in memory. */
export async function measureStreams(calute: Peer, count: number): Promise<string> {
  const load = { model: 'mock-burst', stream: true, concurrency: 32, until: warmUp } as const;
  await measureLoad(calute.loader, { type: 'load', target: calute.target, load });
  await wait(settleMs);
  const before = await sizesOf(calute);
  const report = await calute.loader.order({ type: 'open-streams', target: calute.target, count });
  if (report.type !== 'streams-open') throw new Error(`unexpected report ${report.type}`);
  await wait(settleMs);
  const after = await sizesOf(calute);
  const rows = [...after].map(([role, bytes]) => {
    const grown = bytes - (before.get(role) ?? bytes);
    return [
      role,
      formatFigure((before.get(role) ?? 0) / 2 ** 20),
      formatFigure(bytes / 2 ** 20),
      formatFigure(grown / 1024 / report.open),
    ];
  });
  const why = report.firstError === undefined ? '' : ` (the first: ${report.firstError})`;
  return [
    `${report.open} open streams, ${report.failed} failed${why}; a token per 20 s`,
    formatTable(['process', 'RSS before, MB', 'RSS with them, MB', 'KiB per stream'], rows),
  ].join('\n\n');
}

async function sizesOf({ processes }: Peer): Promise<ReadonlyMap<ProcessRole, number>> {
  const sizes = new Map<ProcessRole, number>();
  for (const { role, pid } of processes) {
    const usage = await readUsage(pid);
    if (usage !== undefined) sizes.set(role, usage.rssBytes);
  }
  return sizes;
}

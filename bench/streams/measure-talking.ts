import { setTimeout as wait } from 'node:timers/promises';
import { measurePart } from '../ground/measure-part.ts';
import { type BenchGround, startOn } from '../ground/start-ground.ts';
import { measureLoad } from '../ground/start-process.ts';
import { type Peer, peerTitles } from '../peers/peer.ts';
import { startCalute, targetAt } from '../peers/start-calute.ts';
import { startRelay } from '../peers/start-peers.ts';
import { type LoadOrder, type Talk, usualLoad } from '../processes/protocol.ts';
import { formatFigure, formatTable } from '../report/table.ts';
import { usageOf } from '../rounds/measure-use.ts';
import { assertRoomForStreams, readOpenFilesLimit } from './open-files.ts';
import { openStreams, slotsFor } from './open-streams.ts';

/** Collected garbage and freed buffers take a while to leave the resident size. */
const restMs = 3000;
/** What opening has left behind is worked off. */
const settleMs = 10_000;
const watchMs = 30_000;
/** Enough to load and compile all code. */
const warmUp = { kind: 'count', requests: 1000, maxMs: 30_000 } as const;
/** More than come while they are opened and watched. */
const talking = { model: 'mock-talking', tokens: 2000 } as const;

type Usages = Awaited<ReturnType<typeof usageOf>>;

/** What one peer makes of so many streams. */
interface Talked {
  readonly title: string;
  readonly talk: Talk;
  /** Before the streams, when the watch began, and after it. */
  readonly usages: readonly [Usages, Usages, Usages];
}

/** Opens `count` streams of five tokens a second at one peer after the other, and tells what gaps their readers see. */
export async function measureTalking(ground: BenchGround, count: number): Promise<string> {
  assertRoomForStreams(count, readOpenFilesLimit());
  const peers: readonly ((own: BenchGround) => Promise<Peer> | Peer)[] = [
    ({ loader, upstreamUrl }) => ({ id: 'direct', loader, target: targetAt([upstreamUrl]), processes: [] }),
    (own) => startRelay(own, 'relay-fetch'),
    (own) => startCalute(own, { env: { WORKER_CONCURRENCY: slotsFor(count) } }),
  ];
  const all: Talked[] = [];
  for (const start of peers) {
    all.push(
      await measurePart(ground, `${count} streams`, async (own) => {
        // One for each: what it has opened stays open as long as it is there.
        const loader = await startOn<LoadOrder>(own, { file: 'bench/processes/load/main.ts' });
        return await talk(await start({ ...own, loader }), count);
      }),
    );
  }
  return [
    `${count} open streams of five tokens a second, watched for ${watchMs / 1000} s`,
    formatTable(
      ['', 'gap p50 ms', 'gap p99 ms', ...perRole('KiB a stream'), ...perRole('CPU ms a second')],
      all.map((one) => rowOf(one, count)),
    ),
  ].join('\n\n');
}

async function talk(peer: Peer, count: number): Promise<Talked> {
  const { id, loader, target, processes } = peer;
  await measureLoad(loader, { type: 'load', target, load: { ...usualLoad, until: warmUp } });
  await wait(restMs);
  const before = await usageOf(processes);
  const { failed, firstError } = await openStreams(peer, { ...talking, count });
  if (failed > 0) throw new Error(`${failed} streams of ${peerTitles[id]} failed, the first: ${firstError}`);
  await wait(settleMs);
  const begin = await usageOf(processes);
  const report = await loader.order({ type: 'watch-streams', ms: watchMs });
  if (report.type !== 'talk') throw new Error(`unexpected report ${report.type}`);
  const end = await usageOf(processes);
  if (report.talk.open < count)
    throw new Error(`${peerTitles[id]} ended ${count - report.talk.open} streams`);
  return { title: peerTitles[id], talk: report.talk, usages: [before, begin, end] };
}

const roles = ['api', 'worker', 'redis'] as const;

function perRole(unit: string): string[] {
  return roles.map((role) => `${role}: ${unit}`);
}

function rowOf({ title, talk: { gapMs }, usages: [before, begin, end] }: Talked, count: number): string[] {
  const added = (from: Usages, role: (typeof roles)[number], figure: 'rssBytes' | 'cpuUs') =>
    (end.get(role)?.[figure] ?? Number.NaN) - (from.get(role)?.[figure] ?? Number.NaN);
  const figures = [
    ...[gapMs.p50, gapMs.p99],
    ...roles.map((role) => added(before, role, 'rssBytes') / 1024 / count),
    ...roles.map((role) => added(begin, role, 'cpuUs') / watchMs),
  ];
  return [title, ...figures.map(formatFigure)];
}

import type { Peer } from '../peers/peer.ts';
import type { StreamsToOpen } from '../processes/protocol.ts';

const spareSlots = 100;

/** The `WORKER_CONCURRENCY` of one worker that is to hold so many streams. */
export function slotsFor(streams: number): string {
  return String(streams + spareSlots);
}

/** Opens streams that stay open; resolves when each has its first token or has failed. */
export async function openStreams(
  { loader, target }: Pick<Peer, 'loader' | 'target'>,
  streams: StreamsToOpen,
) {
  const report = await loader.order({ type: 'open-streams', target, streams });
  if (report.type !== 'streams-open') throw new Error(`unexpected report ${report.type}`);
  return report;
}

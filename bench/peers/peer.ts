import type { BenchProcess } from '../ground/start-process.ts';
import type { LoadOrder, Target } from '../processes/protocol.ts';
import type { ScenarioId } from '../rounds/scenarios.ts';

export type PeerId = 'direct' | 'relay-fetch' | 'relay-undici' | 'portkey' | 'tutorial' | 'bullmq' | 'calute';

export type ProcessRole = 'api' | 'worker' | 'redis';

/** What each peer is, for readers of the tables. */
export const peerTitles: Readonly<Record<PeerId, string>> = {
  direct: 'direct to the mock upstream',
  'relay-undici': 'Express relay on undici (no queue)',
  'relay-fetch': 'Express relay on built-in fetch (no queue)',
  portkey: 'Portkey gateway 1.15.2 (no queue)',
  tutorial: 'tutorial queue',
  bullmq: 'BullMQ alone (no HTTP, no upstream)',
  calute: 'Calute',
};

/** Something that runs and is measured. */
export interface Peer {
  readonly id: PeerId;
  readonly target: Target;
  /** Makes the load: the generator that all share, or the client of a queue without HTTP. */
  readonly loader: BenchProcess<LoadOrder>;
  /** Whose time and memory count as the peer's; replicas have the same role. */
  readonly processes: readonly { readonly role: ProcessRole; readonly pid: number }[];
  /** @defaultValue all */
  readonly scenarios?: readonly ScenarioId[];
}

import { parseArgs } from 'node:util';

/** How much is measured. */
export interface BenchSettings {
  readonly mode: 'quick' | 'default' | 'full';
  /** Rounds over all peers and scenarios. */
  readonly rounds: number;
  /** How long each peer is measured in each scenario and round. */
  readonly cellMs: number;
  /** Requests to each peer before anything is measured, and how long that may take. */
  readonly warmUp: { readonly requests: number; readonly maxMs: number };
  /** Writes `bench/results/recorded.json`, which later runs show beside their own. */
  readonly save: boolean;
  /** How many streams to open instead of the rounds. */
  readonly streams: number | undefined;
  /** A CPU profile of Calute's processes instead of the rounds. */
  readonly profile: boolean;
}

const modes = {
  quick: { rounds: 2, cellMs: 500, warmUp: { requests: 1000, maxMs: 3000 } },
  default: { rounds: 5, cellMs: 2000, warmUp: { requests: 10_000, maxMs: 180_000 } },
  full: { rounds: 7, cellMs: 4000, warmUp: { requests: 10_000, maxMs: 180_000 } },
} as const;

/** Throws a TypeError that names an unknown flag or a bad number. */
export function parseSettings(args: readonly string[]): BenchSettings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      save: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      streams: { type: 'string' },
    },
  });
  const streams = values.streams === undefined ? undefined : Number(values.streams);
  if (streams !== undefined && !(Number.isInteger(streams) && streams > 0)) {
    throw new TypeError(`--streams ${values.streams}: expected a whole number above 0`);
  }
  const mode = values.full ? 'full' : values.quick ? 'quick' : 'default';
  return { mode, ...modes[mode], save: values.save, profile: values.profile, streams };
}

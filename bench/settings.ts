import { parseArgs } from 'node:util';

/** What is asked for by a flag of that name. */
const plainTasks = ['growth', 'batches', 'backlog', 'telemetry', 'console', 'profile', 'chart'] as const;
type PlainTask = (typeof plainTasks)[number];

/** What is done: the peers beside each other, or one of the other measurements, or a chart of recorded figures. */
export type BenchTask =
  | { readonly kind: 'compare' | PlainTask }
  | { readonly kind: 'streams'; readonly count: number };

/** How much is measured. */
export interface BenchSettings {
  readonly task: BenchTask;
  readonly mode: 'quick' | 'default' | 'full';
  /** Rounds over all peers and scenarios. */
  readonly rounds: number;
  /** How long each peer is measured in each scenario and round. */
  readonly cellMs: number;
  /** Requests to each peer before anything is measured, and how long that may take. */
  readonly warmUp: { readonly requests: number; readonly maxMs: number };
  /** Writes the figures as the recorded ones too, which later runs show beside their own. */
  readonly save: boolean;
}

const modes = {
  quick: { rounds: 2, cellMs: 500, warmUp: { requests: 1000, maxMs: 3000 } },
  default: { rounds: 5, cellMs: 2000, warmUp: { requests: 10_000, maxMs: 180_000 } },
  full: { rounds: 7, cellMs: 4000, warmUp: { requests: 10_000, maxMs: 180_000 } },
} as const;

const options = {
  quick: { type: 'boolean', default: false },
  full: { type: 'boolean', default: false },
  save: { type: 'boolean', default: false },
  growth: { type: 'boolean', default: false },
  batches: { type: 'boolean', default: false },
  backlog: { type: 'boolean', default: false },
  telemetry: { type: 'boolean', default: false },
  console: { type: 'boolean', default: false },
  profile: { type: 'boolean', default: false },
  chart: { type: 'boolean', default: false },
  streams: { type: 'string' },
} as const;

/** Throws a TypeError that names an unknown flag, a bad number or flags that exclude each other. */
export function parseSettings(args: readonly string[]): BenchSettings {
  const { values } = parseArgs({ args: [...args], options });
  const mode = values.full ? 'full' : values.quick ? 'quick' : 'default';
  return { task: taskOf(values), mode, ...modes[mode], save: values.save };
}

type TaskFlags = Readonly<Record<PlainTask, boolean>> & { readonly streams?: string };

function taskOf({ streams, ...flags }: TaskFlags): BenchTask {
  const asked: BenchTask[] = [
    ...plainTasks.filter((kind) => flags[kind]).map((kind) => ({ kind })),
    ...(streams === undefined ? [] : [{ kind: 'streams', count: parseCount(streams) } as const]),
  ];
  if (asked.length > 1) {
    throw new TypeError(`${asked.map(({ kind }) => `--${kind}`).join(' and ')}: give one of them`);
  }
  return asked[0] ?? { kind: 'compare' };
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count <= 0) {
    throw new TypeError(`--streams ${text}: expected a whole number above 0`);
  }
  return count;
}

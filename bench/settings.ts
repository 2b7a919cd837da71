import { parseArgs } from 'node:util';

/** What is asked for by a flag of that name. */
const plainTasks = ['growth', 'batches', 'backlog', 'telemetry', 'console', 'profile', 'chart'] as const;
type PlainTask = (typeof plainTasks)[number];

/** What is asked for with a number of open streams. */
const streamsTasks = ['streams', 'talking'] as const;
type StreamsTask = (typeof streamsTasks)[number];

/** What is done: the peers beside each other, or one of the other measurements, or a chart of recorded figures. */
export type BenchTask =
  | { readonly kind: 'compare' | PlainTask }
  | { readonly kind: StreamsTask; readonly count: number };

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
  talking: { type: 'string' },
} as const;

/** Throws a TypeError that names an unknown flag, a bad number or flags that exclude each other. */
export function parseSettings(args: readonly string[]): BenchSettings {
  const { values } = parseArgs({ args: [...args], options });
  const mode = values.full ? 'full' : values.quick ? 'quick' : 'default';
  return { task: taskOf(values), mode, ...modes[mode], save: values.save };
}

type TaskFlags = Readonly<Record<PlainTask, boolean> & Partial<Record<StreamsTask, string>>>;

function taskOf(flags: TaskFlags): BenchTask {
  const asked: BenchTask[] = [
    ...plainTasks.filter((kind) => flags[kind]).map((kind) => ({ kind })),
    ...streamsTasks.flatMap((kind) => {
      const count = flags[kind];
      return count === undefined ? [] : [{ kind, count: parseCount(kind, count) }];
    }),
  ];
  if (asked.length > 1) {
    throw new TypeError(`${asked.map(({ kind }) => `--${kind}`).join(' and ')}: give one of them`);
  }
  return asked[0] ?? { kind: 'compare' };
}

function parseCount(kind: StreamsTask, text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count <= 0) {
    throw new TypeError(`--${kind} ${text}: expected a whole number above 0`);
  }
  return count;
}

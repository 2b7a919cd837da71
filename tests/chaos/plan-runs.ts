import type { ChaosSettings } from './chaos-settings.ts';
import { createRandom, type Random } from './random.ts';

/** What a client does beside asking and reading. */
export type Behaviour =
  | { readonly type: 'plain' }
  /** Goes away for good after so many events. */
  | { readonly type: 'leave'; readonly afterEvents: number }
  /** Cancels at the other API, perhaps when the run is over already. */
  | { readonly type: 'cancel'; readonly afterMs: number }
  /** The upstream drops the connection at this token. */
  | { readonly type: 'cut'; readonly atToken: number }
  /** Asks for more than its deadline allows. */
  | { readonly type: 'hasty' }
  /** Pauses after each chunk that it reads of an answer of several megabytes. */
  | { readonly type: 'slow'; readonly pauseMs: number }
  /** After this token the model calls a tool that must not run twice; the rest comes with the next model call. */
  | { readonly type: 'tool'; readonly afterToken: number };

export interface RunPlan {
  /** `r17`: stands in each of its tokens. */
  readonly tag: string;
  /** After the start of the load. */
  readonly atMs: number;
  /** Of the API that is asked. */
  readonly format: 'chat' | 'responses';
  readonly stream: boolean;
  /** Whether it goes on by itself and is looked at later; only a Response that is not streamed. */
  readonly background: boolean;
  /** Whether it has an Idempotency-Key, by which it attaches again; else it resumes with Last-Event-ID. */
  readonly keyed: boolean;
  readonly includeUsage: boolean;
  readonly tokens: number;
  readonly firstTokenMs: number;
  readonly paceMs: number;
  /** Makes each token so much longer. */
  readonly padBytes: number;
  readonly deadlineMs: number;
  /** The class that it waits in. */
  readonly tier: 'default' | 'flex';
  /** Its first model call is told to come back after a second. */
  readonly refusedFirst: boolean;
  /** The API that is asked first. */
  readonly api: 0 | 1;
  readonly behaviour: Behaviour;
}

const normalDeadlineMs = 30_000;

/** The runs of one suite, in the order in which they start. */
export function planRuns({ seed, durationMs, runsPerSecond, mutant, baseline }: ChaosSettings): RunPlan[] {
  const random = createRandom(seed, 'runs');
  const places = createRandom(seed, 'places');
  const formats = createRandom(seed, 'formats');
  const everyMs = 1000 / runsPerSecond;
  const count = Math.floor(durationMs / everyMs);
  const plans = Array.from({ length: count }, (_, index) =>
    placeRun(places, planRun(random, `r${index + 1}`, Math.round(index * everyMs))),
  );
  if (mutant === undefined && !baseline) return plans.map((plan) => chooseFormat(formats, plan));
  return mutant === 'no-fence' ? plans.map((plan) => slowDown(plan, random)) : plans;
}

/** A zombie without a fence shows only in a run that had shown nothing when it was stopped and that goes on when it wakes. */
function slowDown(plan: RunPlan, random: Random): RunPlan {
  return {
    ...plan,
    stream: true,
    tokens: 60,
    firstTokenMs: random.int(1500, 4000),
    paceMs: random.int(100, 180),
  };
}

/** Some wait behind the others, and the provider of some is busy at first. */
function placeRun(random: Random, plan: RunPlan): RunPlan {
  const tier = random.next() < 0.2 ? 'flex' : 'default';
  return { ...plan, tier, refusedFirst: random.next() < 0.02 && plan.behaviour.type !== 'hasty' };
}

/** What is broken on purpose is shown by chat alone. */
function chooseFormat(random: Random, plan: RunPlan): RunPlan {
  const isResponse = random.next() < 0.25;
  const background = random.next() < 0.5;
  if (!isResponse) return plan;
  return { ...plan, format: 'responses', background: background && !plan.stream };
}

function planRun(random: Random, tag: string, atMs: number): RunPlan {
  const plan = {
    tag,
    atMs,
    format: 'chat' as const,
    stream: random.next() < 0.65,
    background: false,
    keyed: random.next() < 0.4,
    includeUsage: random.next() < 0.3,
    tokens: random.int(20, 60),
    firstTokenMs: random.next() < 0.3 ? random.int(1000, 3000) : random.int(20, 600),
    paceMs: random.int(30, 180),
    padBytes: 0,
    deadlineMs: normalDeadlineMs,
    tier: 'default' as const,
    refusedFirst: false,
    api: random.pick([0, 1] as const),
  };
  return withBehaviour(plan, random);
}

function withBehaviour(plan: Omit<RunPlan, 'behaviour'>, random: Random): RunPlan {
  const dice = random.next();
  const { tokens, paceMs, firstTokenMs } = plan;
  if (dice < 0.05) {
    return {
      ...plan,
      stream: true,
      keyed: false,
      tokens: 120,
      paceMs: 100,
      behaviour: { type: 'leave', afterEvents: random.int(2, 20) },
    };
  }
  if (dice < 0.11) {
    const afterMs = random.int(200, Math.round((firstTokenMs + tokens * paceMs) * 1.6));
    return { ...plan, stream: true, behaviour: { type: 'cancel', afterMs } };
  }
  if (dice < 0.13) return { ...plan, behaviour: { type: 'cut', atToken: random.int(1, tokens - 1) } };
  if (dice < 0.15)
    return {
      ...plan,
      tokens: 60,
      paceMs: 150,
      deadlineMs: random.int(1000, 3000),
      behaviour: { type: 'hasty' },
    };
  if (dice < 0.23) return { ...plan, behaviour: { type: 'tool', afterToken: random.int(0, tokens - 1) } };
  return { ...plan, behaviour: { type: 'plain' } };
}

/** The run that a `slow-client` fault adds. */
export function planSlowRun(number: number, atMs: number): RunPlan {
  return {
    tag: `r${900_000 + number}`,
    atMs,
    format: 'chat',
    stream: true,
    background: false,
    keyed: false,
    includeUsage: false,
    tokens: 400,
    firstTokenMs: 50,
    paceMs: 10,
    padBytes: 20_000,
    tier: 'default',
    refusedFirst: false,
    deadlineMs: normalDeadlineMs,
    api: number % 2 === 0 ? 0 : 1,
    behaviour: { type: 'slow', pauseMs: 120 },
  };
}

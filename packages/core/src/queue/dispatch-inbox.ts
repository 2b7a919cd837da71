import type { ScriptClaim } from '../log/script-claim.ts';
import { readClaim, type TakenJob } from './taken-job.ts';

/** What the queue knows of the runs that were sent to this worker. */
export interface SentRuns {
  /** The number of the last one. */
  readonly sent: number;
  /** Whether the queue counted without a break since the last exchange: it forgets a worker that is silent for a while. */
  readonly unbroken: boolean;
}

/** The runs that are sent to this worker over its control channel, numbered; a channel may lose messages. */
export interface DispatchInbox {
  /** Who gets the runs; those that came before are dropped. */
  open(onRun: (job: TakenJob) => void): void;
  /** Takes a message of the channel; false when it is something else. */
  receive(message: string): boolean;
  /** Messages may have been lost before this call. */
  suspectLoss(): void;
  /** The number of the last run that came. */
  readonly came: number;
  /** Told at each exchange; gives whether runs that were sent `overdueMs` ago seem to be lost, which `settle` has to follow. */
  compare(runs: SentRuns): boolean;
  /** Those runs are seen to otherwise. */
  settle(): void;
}

export interface DispatchInboxParts {
  readonly claim: ScriptClaim;
  readonly now: () => number;
}

/**
 * What has not come by then is lost. A message takes well under a millisecond, more on a slow network: one that comes after all
 * meets a second attempt at its run.
 */
export const overdueMs = 1000;

/** `run NUMBER ID TENANT DEADLINE_MS PROVISIONAL REQUEST`, as `lua/dispatch.lua` writes it. */
const messagePattern = /^run (\d+) (\S+) (\S+) (\d+) (1?) /;

export function createDispatchInbox({ claim, now }: DispatchInboxParts): DispatchInbox {
  let onRun: ((job: TakenJob) => void) | undefined;
  let came = 0;
  /** Since when it is known that something may be lost. */
  let suspectedAtMs: number | undefined;
  const suspect = () => {
    suspectedAtMs ??= now();
  };
  const isOverdue = (sinceMs: number) => now() - sinceMs > overdueMs;
  /** What had been sent by an earlier exchange, and when that was. */
  let expected = { sent: 0, atMs: now() };
  return {
    open(listener) {
      onRun = listener;
    },
    receive(message) {
      const match = messagePattern.exec(message);
      if (!match) return false;
      const [head, number, id = '', tenant, deadlineMs, provisional] = match;
      if (Number(number) !== came + 1) suspect();
      came = Math.max(came, Number(number));
      const request = message.slice(head.length);
      const first = ['claimed', 1, 0, '', tenant, request, Number(deadlineMs), 0, provisional];
      const job = { id, token: dispatchToken(claim.controlChannel, id), starts: 1 };
      onRun?.({ job, claim: readClaim(claim, first) });
      return true;
    },
    suspectLoss: suspect,
    get came() {
      return came;
    },
    compare({ sent, unbroken }) {
      if (!unbroken && came > 0) suspect();
      if (came >= expected.sent) expected = { sent, atMs: now() };
      else if (isOverdue(expected.atMs)) return true;
      return suspectedAtMs !== undefined && isOverdue(suspectedAtMs);
    },
    settle() {
      suspectedAtMs = undefined;
      came = Math.max(came, expected.sent);
    },
  };
}

/** What the lock of a job holds that was sent to a worker: a run is sent once at most. */
export function dispatchToken(controlChannel: string, id: string): string {
  return `${controlChannel}:${id}`;
}

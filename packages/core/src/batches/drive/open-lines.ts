import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { createGate } from '../../async/gate.ts';
import type { LineResult } from '../lines/line-result.ts';
import { type FreshBody, type LineContext, runLine } from '../lines/run-line.ts';
import type { OpenLine } from '../store/open-line.ts';
import { BatchLost } from './batch-lost.ts';
import { type DriveParts, type Driving, persistently } from './driving.ts';
import { writeDueMs } from './write-times.ts';

/** Results that wait to be written, at most. */
const mostUnwritten = 256;
/** Of what may be under way. */
const fewest = 1 / 8;

interface Finished {
  readonly result: LineResult;
  readonly inputBytes: number;
}

/** The lines of a batch that are under way in this process, and the results that are not written yet. Disposing lets the lines go. */
export class OpenLines implements Disposable {
  readonly signal: AbortSignal;
  readonly #parts: DriveParts;
  readonly #driving: Driving;
  readonly #stop = new AbortController();
  readonly #gate = createGate();
  readonly #failures: unknown[] = [];
  readonly #context: LineContext;
  #running = 0;
  /** Of the input of lines that run, and of those that have finished and whose runs stand in Redis still. */
  #runningBytes = 0;
  #finishedBytes = 0;
  #finished: Finished[] = [];
  #lastWriteMs: number;

  constructor(parts: DriveParts, driving: Driving) {
    this.#parts = parts;
    this.#driving = driving;
    this.#lastWriteMs = parts.now();
    this.signal = AbortSignal.any([this.#stop.signal, driving.signal]);
    setMaxListeners(0, this.signal); // because each line listens
    const { record: batch, endpoint, input } = driving;
    const onRetry = (line: OpenLine) => this.#noteRetry(line);
    const onBug = (err: unknown, { number }: OpenLine) =>
      driving.logger.error({ err, line: number }, 'batch.line-failed');
    this.#context = { batch, endpoint, input, onRetry, onBug, signal: this.signal };
  }

  /** How many more lines may be begun; none while it is but a few, because each time the input is read. */
  get room(): number {
    const { lines, inputBytes } = this.#parts.share();
    const freeBytes = inputBytes - this.#runningBytes - this.#finishedBytes;
    const freeLines = lines - this.#running;
    if (this.#finished.length >= mostUnwritten || freeBytes <= 0 || freeLines <= 0) return 0;
    const areFew = freeLines < lines * fewest || freeBytes < inputBytes * fewest;
    return areFew && this.#running > 0 ? 0 : freeLines;
  }

  get isEmpty(): boolean {
    return this.#running === 0 && this.#finished.length === 0 && this.#failures.length === 0;
  }

  get isWriteDue(): boolean {
    if (this.#finished.length === 0) return false;
    const { resultBytes, inputBytes } = this.#parts.share();
    const isFull = this.#finished.length >= mostUnwritten || this.#resultBytes >= resultBytes;
    const isWaitedFor = this.#running === 0 || this.#finishedBytes >= inputBytes / 2;
    return isFull || isWaitedFor || this.#parts.now() >= this.#writeAtMs;
  }

  start(line: OpenLine, fresh?: FreshBody): void {
    this.#running += 1;
    this.#runningBytes += bytesOf(line);
    void this.#run(line, fresh);
  }

  /** What is to be written now. */
  takeFinished(): readonly LineResult[] {
    this.#lastWriteMs = this.#parts.now();
    const taken = this.#finished.splice(0, 2 * mostUnwritten);
    for (const { inputBytes } of taken) this.#finishedBytes -= inputBytes;
    return taken.map(({ result }) => result);
  }

  throwIfFailed(): void {
    this.#driving.signal.throwIfAborted();
    if (this.#failures.length > 0) throw this.#failures[0];
  }

  /** Waits until a line is done or results are to be written, but no longer than `mostMs`. */
  async news(mostMs: number): Promise<void> {
    if (this.#failures.length > 0) return;
    const timer = new AbortController();
    const untilWriteMs = Math.max(1, this.#writeAtMs - this.#parts.now());
    const dueMs = this.#finished.length === 0 ? mostMs : Math.min(mostMs, untilWriteMs);
    const due = delay(dueMs, undefined, { signal: timer.signal }).catch(() => undefined);
    await Promise.race([this.#gate.wait(), due]);
    timer.abort();
  }

  [Symbol.dispose](): void {
    this.#stop.abort(new BatchLost());
  }

  async #run(line: OpenLine, fresh: FreshBody | undefined): Promise<void> {
    const inputBytes = bytesOf(line);
    try {
      const result = await runLine(this.#parts, this.#context, { line, fresh });
      this.#finished.push({ result, inputBytes });
      this.#finishedBytes += inputBytes;
    } catch (error) {
      this.#failures.push(error);
    }
    this.#running -= 1;
    this.#runningBytes -= inputBytes;
    this.#gate.open();
  }

  async #noteRetry(line: OpenLine): Promise<void> {
    const { held } = this.#driving;
    const outcome = await persistently(this.signal, () => this.#parts.store.retry(held, line));
    if (outcome === 'fenced') throw new BatchLost();
  }

  get #resultBytes(): number {
    return this.#finished.reduce((sum, { result }) => sum + result.text.length, 0);
  }

  get #writeAtMs(): number {
    const { batch, record } = this.#driving;
    const sinceMs = (batch.times.in_progress_at ?? record.createdAt) * 1000;
    return this.#lastWriteMs + writeDueMs(this.#parts.now() - sinceMs, this.#parts.retentionMs);
  }
}

function bytesOf({ offset, end }: OpenLine): number {
  return end - offset;
}

import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { RunPlan } from '../plan-runs.ts';
import { type ClientEnd, newReport, type RunReport } from '../run-report.ts';
import { type ClientParts, isRefusedForNow, patienceMs, toPost, tryAgainMs } from './ask-api.ts';
import { isUnreached, readRefusal } from './read-stream.ts';
import { wireOf } from './wire.ts';

/** One client that wants one whole answer; with a key it asks again until it has one. Never throws. */
export async function runJsonClient(plan: RunPlan, parts: ClientParts): Promise<RunReport> {
  const report = newReport(plan);
  report.end = await askToEnd(report, parts);
  report.endedMs = Date.now();
  return report;
}

/** Asks for the answer; with a key as often as it takes. */
export async function askToEnd(report: RunReport, parts: ClientParts): Promise<ClientEnd> {
  const { plan } = report;
  const patientUntilMs = Date.now() + 2 * patienceMs(plan);
  for (let api: number = plan.api; ; api = 1 - api) {
    const end = await ask(report, parts, api);
    if (parts.signal.aborted) return { type: 'stopped' };
    if (end !== 'unreached' && !(plan.keyed && ['unanswered', 'refused'].includes(end.type))) return end;
    // Who is told each time that there is too much to do has been answered, and is not stuck.
    const isTooMuch = end !== 'unreached' && end.type === 'refused' && end.code === 'slow_down';
    if (Date.now() > patientUntilMs) return isTooMuch ? end : { type: 'stuck' };
    await delay(tryAgainMs);
  }
}

async function ask(
  report: RunReport,
  { apiUrls, signal }: ClientParts,
  api: number,
): Promise<ClientEnd | 'unreached'> {
  const { plan } = report;
  const wire = wireOf(plan);
  const timeout = AbortSignal.timeout(patienceMs(plan));
  try {
    const init = { ...toPost(plan), signal: AbortSignal.any([signal, timeout]) };
    const response = await fetch(`${apiUrls[api]}${wire.path}`, init);
    report.runId = response.headers.get('x-calute-run-id') ?? report.runId;
    if (!response.ok) {
      const { code } = await readRefusal(response);
      return isRefusedForNow(code) ? { type: 'refused', code } : { type: 'error', code, inBand: false };
    }
    const { runId, text } = wire.readAnswer(await response.json());
    report.runId = runId;
    report.answer = text;
    return { type: 'completed' };
  } catch (error) {
    if (error instanceof z.ZodError) return { type: 'error', code: 'malformed-answer', inBand: false };
    if (isUnreached(error)) return 'unreached';
    return timeout.aborted ? { type: 'stuck' } : { type: 'unanswered' };
  }
}

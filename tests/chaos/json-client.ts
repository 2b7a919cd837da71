import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { type ClientParts, isRefusedForNow, patienceMs, toPost, tryAgainMs } from './ask-api.ts';
import type { RunPlan } from './plan-runs.ts';
import { isUnreached, readRefusal } from './read-stream.ts';
import type { ClientEnd, RunReport } from './run-report.ts';

/** One client that wants one whole answer; with a key it asks again until it has one. Never throws. */
export async function runJsonClient(plan: RunPlan, parts: ClientParts): Promise<RunReport> {
  const startedMs = Date.now();
  const report: RunReport = {
    plan,
    startedMs,
    endedMs: startedMs,
    runId: undefined,
    connections: [],
    superseded: [],
    end: { type: 'stuck' },
  };
  report.end = await askToEnd(report, parts);
  report.endedMs = Date.now();
  return report;
}

async function askToEnd(report: RunReport, parts: ClientParts): Promise<ClientEnd> {
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

const completionSchema = z.object({
  id: z.string(),
  choices: z.tuple([z.object({ message: z.object({ content: z.string().nullable() }) })]),
});

async function ask(
  report: RunReport,
  { apiUrls, signal }: ClientParts,
  api: number,
): Promise<ClientEnd | 'unreached'> {
  const { plan } = report;
  const timeout = AbortSignal.timeout(patienceMs(plan));
  try {
    const init = { ...toPost(plan), signal: AbortSignal.any([signal, timeout]) };
    const response = await fetch(`${apiUrls[api]}/v1/chat/completions`, init);
    report.runId = response.headers.get('x-calute-run-id') ?? report.runId;
    if (!response.ok) {
      const { code } = await readRefusal(response);
      return isRefusedForNow(code) ? { type: 'refused', code } : { type: 'error', code, inBand: false };
    }
    const { id, choices } = completionSchema.parse(await response.json());
    report.runId = id;
    report.answer = choices[0].message.content ?? '';
    return { type: 'completed' };
  } catch (error) {
    if (error instanceof z.ZodError) return { type: 'error', code: 'malformed-answer', inBand: false };
    if (isUnreached(error)) return 'unreached';
    return timeout.aborted ? { type: 'stuck' } : { type: 'unanswered' };
  }
}

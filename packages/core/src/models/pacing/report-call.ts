import { countCalls, type Lane, type LaneReport, laneRules } from './lane.ts';

/** The lane after a call has said what it came to. */
export function reportCall(lane: Lane, report: LaneReport, nowMs: number): Lane {
  const judged = lane.openMs > 0 ? judgeProbe(lane, report, nowMs) : countFailure(lane, report, nowMs);
  const limited = report.slowDown ? lowerLimit(judged, nowMs) : raiseLimit(judged, report);
  if (report.pauseMs <= 0) return limited;
  const untilMs = nowMs + Math.min(report.pauseMs, laneRules.maxPauseMs);
  return { ...limited, pausedUntilMs: Math.max(limited.pausedUntilMs, untilMs) };
}

function countFailure(lane: Lane, { result }: LaneReport, nowMs: number): Lane {
  if (result === 'unknown') return lane;
  if (result === 'answered') return { ...lane, failures: 0, failedSinceMs: 0 };
  const failures = lane.failures + 1;
  const failedSinceMs = lane.failures === 0 ? nowMs : lane.failedSinceMs;
  if (failures < laneRules.failures) return { ...lane, failures, failedSinceMs };
  const { openMs } = laneRules;
  return { ...lane, failures: 0, failedSinceMs: 0, openMs, openUntilMs: nowMs + openMs };
}

/** Calls from before the opening say nothing, and neither does a probe that another one has replaced. */
function judgeProbe(lane: Lane, { call, result }: LaneReport, nowMs: number): Lane {
  if (lane.probe !== call) return lane;
  if (result === 'answered') return { ...lane, openMs: 0, openUntilMs: 0, probe: '' };
  if (result === 'unknown') return { ...lane, openUntilMs: nowMs, probe: '' };
  const openMs = Math.min(lane.openMs * 2, laneRules.maxOpenMs);
  return { ...lane, openMs, openUntilMs: nowMs + openMs, probe: '' };
}

/**
 * A refusal that stands alone may be no matter of load: it is only waited for. With no answer since the one before, it is, and
 * what is open now tells how many calls the provider takes.
 */
function lowerLimit(lane: Lane, nowMs: number): Lane {
  if (lane.refusedAtMs === 0) return { ...lane, refusedAtMs: nowMs };
  const taken = Math.max(1, Math.floor(countCalls(lane) * laneRules.lowerTo));
  const limit = lane.limit > 0 ? Math.min(lane.limit, taken) : taken;
  return { ...lane, limit, loweredAtMs: nowMs, refusedAtMs: nowMs };
}

/** By one for as many answers as there are slots, ten at most, and only while they are used. */
function raiseLimit(told: Lane, { result }: LaneReport): Lane {
  if (result !== 'answered') return told;
  const lane = { ...told, refusedAtMs: 0 };
  if (lane.limit === 0) return lane;
  if (countCalls(lane) < Math.floor(lane.limit)) return lane;
  const limit = lane.limit + Math.max(1 / lane.limit, laneRules.raiseBy);
  // Six digits, which JSON keeps as they are.
  return { ...lane, limit: Math.floor(limit * 1e6 + 0.5) / 1e6 };
}

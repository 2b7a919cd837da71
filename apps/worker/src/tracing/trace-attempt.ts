import type { Agent, OwnTool, ToolContext } from '@calute/core/agent/agent';
import { CaluteError } from '@calute/core/errors';
import { type ModelCallObserver, type ObserveModel, providerOf } from '@calute/core/models/observe-models';
import { endReason } from '@calute/core/run-store/count-run-store';
import type { RunEnd } from '@calute/core/runs/run-end';
import { caluteAttributes, genAi, genAiOperation } from '@calute/core/telemetry/tracing/gen-ai-conventions';
import { attemptSpanId, attemptTraceparent } from '@calute/core/telemetry/tracing/traceparent';
import type { Span, Tracing } from '@calute/core/telemetry/tracing/tracing';
import type { Claim } from '../attempt/claim.ts';

/** The spans of one attempt: its own, and those of its model and tool calls. */
export interface AttemptTrace {
  readonly observeModel: ObserveModel;
  /** The same agent, each call of whose tools makes a span. */
  traceTools(agent: Agent): Agent;
  /** With what became of the attempt; a run that goes on elsewhere has no end. */
  ended(end: RunEnd | 'handed-back' | 'deferred' | 'fenced'): void;
}

export type TraceAttempt = (runId: string, claim: Claim) => AttemptTrace;

/**
 * Traces attempts in the trace of their request. The wait of a run is the span `backlog`, made when it is over; a later attempt
 * links to the one before. What is said is never in a span.
 */
export function createTraceAttempt(tracing: Tracing): TraceAttempt {
  return (runId, claim) => {
    if (claim.epoch === 1) traceWait(tracing, runId, claim);
    const span = startAttempt(tracing, runId, claim);
    const traced = new WeakSet<OwnTool>();
    return {
      observeModel: (model) => observeCall(tracing, span, model),
      traceTools: (agent) => withTracedTools(agent, { tracing, span, traced }),
      ended(end) {
        const reason = typeof end === 'string' ? end : endReason(end);
        span.set({ [caluteAttributes.end]: reason });
        span.end(typeof end !== 'string' && end.reason === 'failed' ? end.code : undefined);
      },
    };
  };
}

function traceWait(tracing: Tracing, runId: string, { request, runClass, waitedMs }: Claim): void {
  const attributes = { [caluteAttributes.run]: runId, [caluteAttributes.runClass]: runClass };
  const startMs = Date.now() - waitedMs;
  tracing.start('backlog', { kind: 'consumer', parent: request.traceparent, attributes, startMs }).end();
}

function startAttempt(tracing: Tracing, runId: string, { request, epoch, runClass }: Claim): Span {
  const agent = request.chat.model;
  const earlier =
    epoch > 1 ? attemptTraceparent(request.traceparent, { runId, epoch: epoch - 1 }) : undefined;
  return tracing.start(`${genAiOperation.invokeAgent} ${agent}`, {
    kind: 'internal',
    parent: request.traceparent,
    spanId: attemptSpanId(runId, epoch),
    links: earlier === undefined ? [] : [earlier],
    attributes: {
      [genAi.operation]: genAiOperation.invokeAgent,
      [genAi.agent]: agent,
      [caluteAttributes.run]: runId,
      [caluteAttributes.attempt]: epoch,
      [caluteAttributes.runClass]: runClass,
    },
  });
}

function observeCall(tracing: Tracing, { traceparent }: Span, model: string): ModelCallObserver {
  const provider = providerOf(model);
  const name = model.slice(provider.length + 1) || model;
  const sinceMs = performance.now();
  const span = tracing.start(`${genAiOperation.chat} ${name}`, {
    kind: 'client',
    parent: traceparent,
    attributes: {
      [genAi.operation]: genAiOperation.chat,
      [genAi.provider]: provider,
      [genAi.requestModel]: name,
    },
  });
  return {
    firstEvents: () => span.set({ [genAi.timeToFirstChunk]: (performance.now() - sinceMs) / 1000 }),
    ended(end) {
      if (end.outcome === 'ended') {
        const { finishReason, usage } = end.end;
        span.set({
          [genAi.finishReasons]: [finishReason],
          [genAi.inputTokens]: usage.promptTokens,
          [genAi.outputTokens]: usage.completionTokens,
        });
      }
      span.end(end.outcome === 'failed' ? codeOf(end.error) : undefined);
    },
  };
}

interface ToolTracing {
  readonly tracing: Tracing;
  readonly span: Span;
  /** An agent may be given tools in several steps, and each makes one span a call. */
  readonly traced: WeakSet<OwnTool>;
}

function withTracedTools(agent: Agent, { tracing, span, traced }: ToolTracing): Agent {
  const tools = Object.entries(agent.tools).map(([name, tool]) => {
    if (traced.has(tool)) return [name, tool];
    const wrapped = traceTool(tool, (call) => startTool(tracing, span, { name, call }));
    traced.add(wrapped);
    return [name, wrapped];
  });
  return { ...agent, tools: Object.fromEntries(tools) };
}

function startTool(
  tracing: Tracing,
  { traceparent }: Span,
  { name, call }: { readonly name: string; readonly call: string },
): Span {
  return tracing.start(`${genAiOperation.executeTool} ${name}`, {
    kind: 'internal',
    parent: traceparent,
    attributes: {
      [genAi.operation]: genAiOperation.executeTool,
      [genAi.tool]: name,
      [genAi.toolType]: 'function',
      [genAi.toolCall]: call,
    },
  });
}

function traceTool(tool: OwnTool, start: (call: string) => Span): OwnTool {
  const execute = async (args: never, context: ToolContext) => {
    const span = start(context.callId);
    try {
      const result = await (tool as { execute(args: unknown, context: ToolContext): unknown }).execute(
        args,
        context,
      ); // because whoever calls has checked them
      span.end();
      return result;
    } catch (error) {
      span.end(context.signal.aborted ? 'aborted' : codeOf(error));
      throw error;
    }
  };
  return { ...tool, execute } as OwnTool; // because only what calls it is another
}

function codeOf(error: unknown): string {
  return CaluteError.is(error) ? error.code : 'failed';
}

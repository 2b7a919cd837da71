import type { OwnTool, ToolContext } from '../../agent/agent.ts';
import { untilAborted } from '../../async/until-aborted.ts';
import { wait } from '../../async/wait.ts';
import { errorResult } from './error-result.ts';
import { parseArguments } from './parse-arguments.ts';
import { retryCalls } from './retry-calls.ts';

const defaultTimeoutMs = 30_000;
const defaultMaxResultBytes = 65_536;

export interface ToolCall extends ToolContext {
  /** Told of what the tool threw in its last try, and of its time-out. */
  readonly onFailure?: (error: Error) => void;
}

/**
 * Runs a tool and gives the text that the model is told: a string as it is, anything else as JSON. Bad arguments, a
 * throwing or slow tool and an oversized result become `{"error":"…"}`, so that the model can do better; a CaluteError is
 * no exception. Only what an idempotent tool throws, or a time-out of it, is tried again. Throws only the signal's reason,
 * when the run is aborted; a tool that ignores its signal is left behind.
 */
export async function executeTool(
  tool: OwnTool,
  rawArguments: string,
  { onFailure, ...context }: ToolCall,
): Promise<string> {
  try {
    const args = await withTimeout(tool, context.signal, () => parseArguments(tool, rawArguments));
    if (args.outcome === 'invalid') return errorResult(args.fault);
    return serialize(await callTool(tool, args.value, context), tool);
  } catch (error) {
    context.signal.throwIfAborted();
    const failure = error instanceof Error ? error : new Error(String(error));
    onFailure?.(failure);
    return errorResult(failure.message);
  }
}

function callTool(tool: OwnTool, args: unknown, context: ToolContext): Promise<unknown> {
  const attempt = () =>
    withTimeout(tool, context.signal, (signal) => tool.execute(args, { ...context, signal }));
  const retries = tool.idempotent === true ? (tool.retries ?? 0) : 0;
  return retryCalls(attempt, { retries, signal: context.signal, wait, random: Math.random });
}

async function withTimeout<Result>(
  { timeoutMs = defaultTimeoutMs }: Pick<OwnTool, 'timeoutMs'>,
  outer: AbortSignal,
  work: (signal: AbortSignal) => Result | PromiseLike<Result>,
): Promise<Result> {
  const timeout = new AbortController();
  const giveUp = () => timeout.abort(new Error(`The tool took longer than ${timeoutMs} ms.`));
  const timer = setTimeout(giveUp, timeoutMs);
  const signal = AbortSignal.any([outer, timeout.signal]);
  try {
    return await untilAborted(signal, () => work(signal));
  } finally {
    clearTimeout(timer);
  }
}

function serialize(
  result: unknown,
  { maxResultBytes = defaultMaxResultBytes }: Pick<OwnTool, 'maxResultBytes'>,
): string {
  const text = typeof result === 'string' ? result : (JSON.stringify(result) ?? 'null');
  const bytes = Buffer.byteLength(text);
  if (bytes <= maxResultBytes) return text;
  return errorResult(
    `The result of ${bytes} bytes is larger than the ${maxResultBytes} allowed; ask for less.`,
  );
}

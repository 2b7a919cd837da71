import { z } from 'zod';
import type { Tool, ToolContext } from '../agent.ts';
import { errorResult } from './error-result.ts';

/** A result longer than this goes to the model as an error that says so. */
const maxToolResultBytes = 65_536;
const defaultTimeoutMs = 30_000;

/**
 * Runs a tool and gives the text that the model is told: a string as it is, anything else as JSON. Bad arguments, a
 * throwing or slow tool and an oversized result become `{"error":"…"}`, so that the model can do better. Throws only the
 * signal's reason, when the run is aborted; a tool that ignores its signal is left behind.
 */
export async function executeTool(tool: Tool, rawArguments: string, context: ToolContext): Promise<string> {
  context.signal.throwIfAborted();
  const args = await parseArguments(tool, rawArguments);
  if (!args.ok) return errorResult(args.fault);
  try {
    return serialize(await withTimeout(tool, args.value, context));
  } catch (error) {
    context.signal.throwIfAborted();
    return errorResult(error instanceof Error ? error.message : String(error));
  }
}

type Parsed = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly fault: string };

async function parseArguments(tool: Tool, rawArguments: string): Promise<Parsed> {
  let json: unknown;
  try {
    json = JSON.parse(rawArguments.trim() === '' ? '{}' : rawArguments);
  } catch {
    return { ok: false, fault: 'The arguments are not valid JSON.' };
  }
  const parsed = await tool.parameters.safeParseAsync(json);
  if (parsed.success) return { ok: true, value: parsed.data };
  return { ok: false, fault: `The arguments are not valid. ${z.prettifyError(parsed.error)}` };
}

async function withTimeout(tool: Tool, args: unknown, context: ToolContext): Promise<unknown> {
  const timeoutMs = tool.timeoutMs ?? defaultTimeoutMs;
  const timeout = new AbortController();
  const timer = setTimeout(
    () => timeout.abort(new Error(`The tool took longer than ${timeoutMs} ms.`)),
    timeoutMs,
  );
  const signal = AbortSignal.any([context.signal, timeout.signal]);
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    signal.throwIfAborted(); // an abort before the listener was there fires no event
    return await Promise.race([tool.execute(args, { ...context, signal }), aborted.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}

function serialize(result: unknown): string {
  const text = typeof result === 'string' ? result : (JSON.stringify(result) ?? 'null');
  const bytes = Buffer.byteLength(text);
  if (bytes <= maxToolResultBytes) return text;
  return errorResult(
    `The result of ${bytes} bytes is larger than the ${maxToolResultBytes} allowed; ask for less.`,
  );
}

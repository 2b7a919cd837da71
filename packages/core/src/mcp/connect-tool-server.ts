import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ErrorCode, McpError, ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import { forgiveNulls } from './forgive-nulls.ts';
import { listAllTools } from './list-all-tools.ts';
import { answerLostCode, type OpenTransport, openTransport } from './open-transport.ts';
import { readToolAnswer, toolAnswerSchema } from './tool-answer.ts';
import { CallNotTaken, type ConnectParts, type ToolServerConnection } from './tool-server-connection.ts';

const pingMs = 5000;
/** Calls are bounded by their signal; the SDK wants a figure all the same, and timers end here. */
const unbounded = 2 ** 31 - 1;
const anyResult = z.looseObject({});
const cutCodes: readonly number[] = [ErrorCode.ConnectionClosed, answerLostCode];

/** Connects through the official SDK; imported only once a server is needed, because loading it takes 0.3 s and 35 MB. */
export async function connectToolServer(parts: ConnectParts): Promise<ToolServerConnection> {
  const { address, logger, signal, onToolsChanged } = parts;
  const opened = openTransport(address, logger);
  forgiveNulls(opened.transport);
  const client = new Client({ name: 'calute', version: '0.1.0' }, { capabilities: {} });
  const closed = Promise.withResolvers<void>();
  client.onclose = closed.resolve;
  client.setNotificationHandler(ToolListChangedNotificationSchema, onToolsChanged);
  const close = createClose(client, opened);
  try {
    await requestWithin(signal, (own) => client.connect(opened.transport, own));
  } catch (error) {
    await close();
    throw error;
  }
  if (opened.canBeGoneUnnoticed) client.onerror = createCheck(client, close);
  const hasTools = client.getServerCapabilities()?.tools !== undefined;
  return {
    closed: closed.promise,
    close,
    async listTools(ofList) {
      if (!hasTools) return [];
      return await requestWithin(ofList, (own) => listAllTools(client, own, logger));
    },
    callTool: (name, args, ofCall) => callTool(client, { name, arguments: args }, ofCall),
  };
}

async function callTool(client: Client, params: object, signal: AbortSignal): Promise<string> {
  const request = { method: 'tools/call', params: { ...params } };
  const answer = await requestWithin(signal, (own) => client.request(request, anyResult, own)).catch(
    (error: unknown) => {
      signal.throwIfAborted();
      throw toCallError(error);
    },
  );
  const parsed = toolAnswerSchema.safeParse(answer);
  if (parsed.success) return readToolAnswer(parsed.data);
  throw new Error('The tool server answered with something that is not a tool result.');
}

interface OwnOptions {
  readonly signal: AbortSignal;
  readonly timeout: number;
}

/**
 * Gives a request a signal of its own that goes quiet with its end: the SDK never takes its listeners off, and would
 * cancel a request that was answered long ago.
 */
async function requestWithin<Result>(
  signal: AbortSignal,
  request: (own: OwnOptions) => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted();
  const own = new AbortController();
  const abort = () => own.abort(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await request({ signal: own.signal, timeout: unbounded });
  } catch (error) {
    signal.throwIfAborted(); // because the SDK wraps the reason in an error of its own
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** What the server itself said goes to the model as it is; anything else is a fault of the connection. */
function toCallError(cause: unknown): Error {
  if (isNotTaken(cause) || forgetsSession(cause))
    return new CallNotTaken('The tool server was not reached.', { cause });
  if (cause instanceof StreamableHTTPError && cause.code !== undefined && cause.code >= 400)
    return new Error(`The tool server refused the call (HTTP ${cause.code}).`, { cause });
  const isCut = cause instanceof McpError && cutCodes.includes(cause.code);
  if (cause instanceof McpError && !isCut) return cause;
  const message = 'The connection to the tool server failed; whether the tool took effect is unknown.';
  return new Error(message, { cause });
}

/** Nobody listens there, or (as the protocol has it) the session is not known any more. */
function isNotTaken(error: unknown): boolean {
  if (error instanceof StreamableHTTPError) return error.code === 404;
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED';
}

/**
 * Servers that answer 400 where the protocol has 404. A 400 refuses the call before it begins in any case; their words tell
 * it from one that a new session would not mend.
 */
function forgetsSession(error: unknown): boolean {
  return error instanceof StreamableHTTPError && error.code === 400 && /session/i.test(error.message);
}

/**
 * After an error of the transport, asks the server whether it still knows us and closes the client when it does not: only
 * that ends the calls that wait for an answer of a server that is gone.
 */
function createCheck(client: Client, close: () => Promise<void>): () => void {
  let isChecking = false;
  const check = async () => {
    isChecking = true;
    await client.ping({ timeout: pingMs }).catch(close);
    isChecking = false;
  };
  return () => {
    if (!isChecking) void check();
  };
}

function createClose(client: Client, opened: OpenTransport): () => Promise<void> {
  let closing: Promise<void> | undefined;
  const closeOnce = async () => {
    client.onerror = () => undefined; // because what fails from here on fails by intent
    await opened.leave();
    await client.close();
    await opened.release();
  };
  return () => {
    closing ??= closeOnce();
    return closing;
  };
}

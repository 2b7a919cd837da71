import type { Readable } from 'node:stream';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { ToolServerAddress } from '../agent/tool-server.ts';
import { within } from '../async/within.ts';
import type { Logger } from '../logging/logger.ts';
import { logChildOutput } from './log-child-output.ts';
import { createLostAnswers } from './lost-answers.ts';
import { createRedactSecrets } from './redact-secrets.ts';
import { createToolServerFetch } from './tool-server-fetch.ts';

/** Of one message over stdio, of one response over HTTP: results of more than 64 KiB are refused in any case. */
const maxBytes = 4 * 1024 * 1024;
const farewellMs = 1000;
/** The code of an answer that broke off, among those that JSON-RPC leaves to implementations. */
export const answerLostCode = -32_050;

export interface OpenTransport {
  readonly transport: Transport;
  /** Whether the peer may be gone though the transport has not noticed: HTTP knows requests, no connection. */
  readonly canBeGoneUnnoticed: boolean;
  /** Says goodbye to a server that keeps a session; before the client is closed. */
  leave(): Promise<void>;
  /** Lets go of what closing the client leaves open. */
  release(): Promise<void>;
}

export function openTransport(address: ToolServerAddress, logger: Logger): OpenTransport {
  return 'url' in address ? openHttp(address) : openStdio(address, logger);
}

function openHttp({ url, headers }: Extract<ToolServerAddress, { url: string }>): OpenTransport {
  const answers = createLostAnswers((id) => {
    const error = { code: answerLostCode, message: 'The answer broke off.' };
    transport.onmessage?.({ jsonrpc: '2.0', id, error });
  });
  const fetch = createToolServerFetch({
    maxBytes,
    onRequest: (id) => answers.asked(id),
    onStreamOver: (id) => answers.streamOver(id),
  });
  // Redirects stay within the origin by the SDK's own rule, so that no key leaves it.
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    fetch,
    ...(headers === undefined ? {} : { requestInit: { headers: { ...headers } } }),
  });
  transport.onmessage = (message) => {
    if (!('method' in message) && message.id !== undefined) answers.answered(message.id);
  };
  return {
    transport: transport as Transport, // because the SDK is not written for exactOptionalPropertyTypes
    canBeGoneUnnoticed: true,
    async leave() {
      await within(
        farewellMs,
        transport.terminateSession().catch(() => undefined),
      );
    },
    async release() {
      answers.clear();
      await fetch[Symbol.asyncDispose]();
    },
  };
}

function openStdio(
  { command, args = [], env, cwd }: Extract<ToolServerAddress, { command: string }>,
  logger: Logger,
): OpenTransport {
  const transport = new StdioClientTransport({
    command,
    args: [...args],
    stderr: 'pipe',
    maxBufferSize: maxBytes,
    ...(env === undefined ? {} : { env: { ...env } }),
    ...(cwd === undefined ? {} : { cwd }),
  });
  const redact = createRedactSecrets({ command, ...(env === undefined ? {} : { env }) });
  const { stderr } = transport;
  // because with `pipe` the SDK gives a PassThrough, which it declares as a bare Stream
  if (stderr) logChildOutput(stderr as Readable, { logger, redact, now: Date.now });
  return {
    transport,
    canBeGoneUnnoticed: false,
    leave: async () => undefined,
    release: async () => undefined,
  };
}

import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';

/**
 * Has the answer to `initialize` come without the fields that are null, which the SDK takes for a fault: servers write null
 * for what they leave out. Before the client is connected. Lists and answers of tools are read by schemas of our own.
 */
export function forgiveNulls(transport: Transport): void {
  const before = transport.onmessage;
  // The SDK calls what it finds here before it reads a message.
  transport.onmessage = (message, extra) => {
    before?.(message, extra);
    if ('result' in message && 'protocolVersion' in message.result) dropNulls(message.result);
  };
}

function dropNulls(fields: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(fields)) {
    if (value === null) delete fields[name];
    else if (isObject(value)) dropNulls(value);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

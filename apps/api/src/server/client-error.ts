import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { CaluteError, toErrorBody } from '@calute/core/errors';
import { createRequestId } from '../middleware/request-id.ts';
import { hasSlowBody } from './slow-bodies.ts';

const faults: Readonly<Record<string, { status: number; message: string }>> = {
  HPE_HEADER_OVERFLOW: { status: 431, message: 'The request headers are too large.' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, message: 'The request took too long to arrive.' },
};

/** Answers what is not even HTTP with an envelope and closes; never into the middle of another answer. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && hasSlowBody(socket)) return;
  if (!socket.writable || error.code === 'ECONNRESET' || (socket as Socket).bytesWritten > 0) {
    // because the server of this listener hands out nothing but net sockets
    socket.destroy();
    return;
  }
  const fault = faults[error.code ?? ''] ?? { status: 400, message: 'The request is not valid HTTP.' };
  const body = JSON.stringify(toErrorBody(new CaluteError('invalid_request', fault.message)));
  const lines = [
    `HTTP/1.1 ${fault.status} ${STATUS_CODES[fault.status]}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${createRequestId()}`,
    'x-should-retry: false',
    'connection: close',
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

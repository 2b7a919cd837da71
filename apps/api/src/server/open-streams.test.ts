import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createOpenStreams } from './open-streams.ts';

test('those that are open are counted and ended, in whatever order others have closed', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { maxLength: 8 }), (closing) => {
      const streams = createOpenStreams();
      const open = Array.from({ length: 8 }, () => newResponse());
      for (const response of open) streams.track(response);
      for (const at of closing) open.splice(at % open.length, 1)[0]?.emit('close');
      expect(streams.size).toBe(open.length);
      streams.endAll();
      expect(open.every((response) => response.writableEnded)).toBe(true);
    }),
  );
});

test('waiting for none resolves when the last one closes', async () => {
  const streams = createOpenStreams();
  const responses = [newResponse(), newResponse()];
  for (const response of responses) streams.track(response);
  const empty = streams.whenEmpty();
  for (const response of responses) response.emit('close');
  await empty;
  expect(streams.size).toBe(0);
});

function newResponse(): ServerResponse {
  return new ServerResponse(new IncomingMessage(new Socket()));
}

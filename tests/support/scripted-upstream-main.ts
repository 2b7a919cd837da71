import type { AddressInfo } from 'node:net';
import { createScriptedServer } from './scripted-upstream-server.ts';

const server = createScriptedServer();
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo; // because it listens on TCP
  process.send?.({ url: `http://127.0.0.1:${port}` });
});
// The parent going away is the only signal: no orphan outlives a crashed test run.
process.on('disconnect', () => process.exit(0));

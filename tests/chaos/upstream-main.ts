import type { AddressInfo } from 'node:net';
import { createChaosUpstream } from './upstream-server.ts';

const server = createChaosUpstream();
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo; // because it listens on TCP
  process.send?.({ type: 'ready', url: `http://127.0.0.1:${port}` });
});
// Ctrl-C is for the driver, which still needs the upstream's report; the driver going away is the end.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit(0));

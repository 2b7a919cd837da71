import { Pool } from 'undici';
import type { ChildReport, LoadOrder } from '../../scripts/bench/protocol.ts';
import { endWithParent, tellParent } from '../serve.ts';
import { createAsk } from './ask-http.ts';
import { openStreams } from './open-streams.ts';
import { runLoops } from './run-loops.ts';

// The load generator: a process of its own, so that what it costs is no part of a peer.
endWithParent();
process.on('message', (order: LoadOrder) => {
  obey(order).then(tellParent, (error: Error) => tellParent({ type: 'fault', message: error.message }));
});
tellParent({ type: 'ready', url: '' });

async function obey(order: LoadOrder): Promise<ChildReport> {
  const { target } = order;
  const connections = order.type === 'load' ? order.load.concurrency : order.count;
  const pool = new Pool(new URL(target.url).origin, { connections, pipelining: 1 });
  if (order.type === 'open-streams') {
    return { type: 'streams-open', ...(await openStreams(pool, target, order.count)) };
  }
  const sample = await runLoops(createAsk(pool, target, order.load), order.load);
  await pool.close();
  return { type: 'sample', sample };
}

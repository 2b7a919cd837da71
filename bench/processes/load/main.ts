import { Pool } from 'undici';
import type { ChildReport, Load, LoadOrder, Sample, Target } from '../protocol.ts';
import { endWithParent, tellParent } from '../serve.ts';
import { createAsk } from './ask-http.ts';
import { createOpenStreams } from './open-streams.ts';
import { type Ask, runLoops } from './run-loops.ts';

// The load generator: a process of its own, so that what it costs is no part of a peer.
endWithParent();
const streams = createOpenStreams();
process.on('message', (order: LoadOrder) => {
  obey(order).then(tellParent, (error: Error) => tellParent({ type: 'fault', message: error.message }));
});
tellParent({ type: 'ready', url: '' });

async function obey(order: LoadOrder): Promise<ChildReport> {
  switch (order.type) {
    case 'load':
      return { type: 'sample', sample: await loadTarget(order.target, order.load) };
    case 'open-streams':
      return { type: 'streams-open', ...(await streams.open(order.target, order.streams)) };
    case 'watch-streams':
      return { type: 'talk', talk: await streams.watch(order.ms) };
  }
}

async function loadTarget({ urls, headers }: Target, load: Load): Promise<Sample> {
  const ways = urls.map((url) => {
    const { origin, pathname } = new URL(url);
    const pool = new Pool(origin, { connections: load.concurrency, pipelining: 1 });
    return { pool, ask: createAsk(pool, { path: pathname, headers }, load) };
  });
  const sample = await runLoops(inTurn(ways.map(({ ask }) => ask)), load);
  await Promise.all(ways.map(({ pool }) => pool.close()));
  return sample;
}

/** Several replicas of an API are asked one after the other. */
function inTurn(asks: readonly Ask[]): Ask {
  let next = 0;
  return () => {
    const ask = asks[next % asks.length];
    next += 1;
    return ask === undefined ? Promise.reject(new Error('There is no target.')) : ask();
  };
}

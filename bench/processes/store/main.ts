import { closeRedis } from '@calute/core/redis/connect';
import type { ChildReport, StoreOrder } from '../protocol.ts';
import { setting, tellParent } from '../serve.ts';
import { appendFrames } from './append-frames.ts';
import { inspectStore } from './inspect-store.ts';
import { openStore } from './open-store.ts';
import { passRuns } from './pass-runs.ts';
import { submitRuns } from './submit-runs.ts';

// Stands at the store like an API without HTTP and a worker without agents: accepts runs, stores what they might say, and tells
// what the store holds.
const store = await openStore(setting('REDIS_URL'));
const leave = () => void closeRedis(store.redis, 1000).finally(() => process.exit(0));
process.once('SIGTERM', leave);
process.once('disconnect', leave);
process.on('message', (order: StoreOrder) => {
  obey(order).then(tellParent, (error: Error) => tellParent({ type: 'fault', message: error.message }));
});
tellParent({ type: 'ready', url: '' });

async function obey(order: StoreOrder): Promise<ChildReport> {
  switch (order.type) {
    case 'submit':
      return { type: 'submitted', submitted: await submitRuns(store, order.submission) };
    case 'append':
      return { type: 'appended', cpuUs: await appendFrames(store, order.appending) };
    case 'pass':
      return { type: 'passed', cpuUs: await passRuns(store, order.passage) };
    case 'inspect':
      return { type: 'store', store: await inspectStore(store) };
  }
}

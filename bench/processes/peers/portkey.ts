import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../../../scripts/redis/free-port.ts';
import { endWithParent, tellParent } from '../serve.ts';

// The gateway's own start script, in this process so that it ends with its parent.
endWithParent();
const port = await freePort();
const url = `http://127.0.0.1:${port}`;
process.argv.push(`--port=${port}`, '--headless');
const script = new URL('../../node_modules/@portkey-ai/gateway/build/start-server.js', import.meta.url);
await import(script.href);
while (!(await answers())) await wait(50);
tellParent({ type: 'ready', url });

function answers(): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  );
}

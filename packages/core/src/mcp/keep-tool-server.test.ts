import { expect, test } from 'vitest';
import { createLogger } from '../logging/logger.ts';
import { keepToolServer } from './keep-tool-server.ts';
import { CallNotTaken, type ConnectParts, type ToolServerConnection } from './tool-server-connection.ts';

const never = new AbortController().signal;
const call = { tool: 'add', args: {}, signal: never };

test('a call that the server has not taken is sent again on a new connection, once', async () => {
  const { kept, connections } = open();
  await kept.tools(never);
  connections[0]?.answers.push(() => Promise.reject(new CallNotTaken()));
  expect(await kept.call(call)).toBe('done by 2');
  connections[1]?.answers.push(() => Promise.reject(new CallNotTaken()));
  nextAnswers.push([() => Promise.reject(new CallNotTaken('not reached'))]);
  await expect(kept.call(call)).rejects.toThrow('not reached');
  expect(connections).toHaveLength(3);
});

test('a call that the server may have taken is not sent again', async () => {
  const { kept, connections } = open();
  await kept.tools(never);
  connections[0]?.answers.push(() => Promise.reject(new Error('unknown')));
  await expect(kept.call(call)).rejects.toThrow('unknown');
  expect(connections).toHaveLength(1);
});

test('all who need it at once share one connection', async () => {
  const { kept, connections } = open();
  await Promise.all([kept.tools(never), kept.tools(never), kept.call(call)]);
  expect(connections).toHaveLength(1);
});

test('a server that cannot be reached is left alone for longer each time, and is told apart by code and time', async () => {
  const { kept, clock, faults, tries } = open();
  faults.push(new Error('a'), new Error('b'), new Error('c'), new Error('d'));
  const refused = (retryAfterMs: number) =>
    expect(kept.tools(never)).rejects.toMatchObject({ code: 'tool_server_unavailable', retryAfterMs });
  for (const restMs of [100, 200, 300, 300]) {
    await refused(restMs);
    clock.nowMs += restMs - 1;
    await refused(1);
    clock.nowMs += 1;
  }
  expect(tries()).toBe(4);
  expect(await kept.tools(never)).toEqual([]);
});

test('a lost connection is made again at once, and the tools are asked for again', async () => {
  const { kept, connections } = open();
  await kept.tools(never);
  await connections[0]?.close();
  await expect.poll(() => kept.tools(never).then(() => connections.length)).toBe(2);
});

test('a run that is aborted while it waits gets its own reason, and one that waits too long the typed error', async () => {
  const { kept, hang } = open();
  hang.now = true;
  const run = new AbortController();
  const reason = new Error('cancelled');
  const waiting = kept.tools(run.signal);
  run.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  await expect(kept.tools(never)).rejects.toMatchObject({ code: 'tool_server_unavailable' });
});

test('a change of the list is taken in, also one that comes while the list is read for the first time', async () => {
  const { kept, connections, lists } = open();
  lists.push(['early'], ['later'], ['last']);
  changeWhileListing.now = true;
  await kept.tools(never);
  await expect.poll(async () => (await kept.tools(never))[0]?.name).toBe('later');
  connections[0]?.onToolsChanged();
  await expect.poll(async () => (await kept.tools(never))[0]?.name).toBe('last');
});

test('a retired server is closed after the calls in hand, and a closed one is not opened again', async () => {
  const { kept, connections } = open();
  await kept.tools(never);
  const gate = Promise.withResolvers<string>();
  connections[0]?.answers.push(() => gate.promise);
  const calling = kept.call(call);
  kept.retire();
  expect(connections[0]?.isClosed()).toBe(false);
  gate.resolve('done');
  expect(await calling).toBe('done');
  await expect.poll(() => connections[0]?.isClosed()).toBe(true);
  await kept.close();
  await expect(kept.tools(never)).rejects.toMatchObject({ code: 'tool_server_unavailable' });
});

type Answer = () => Promise<string>;
const nextAnswers: Answer[][] = [];
const changeWhileListing = { now: false };

/** A kept server over scripted connections and a clock of the test's own. */
function open() {
  const clock = { nowMs: 0 };
  const hang = { now: false };
  const faults: Error[] = [];
  const lists: string[][] = [];
  let tried = 0;
  const connections: (ToolServerConnection & ReturnType<typeof script>)[] = [];
  const script = ({ onToolsChanged }: ConnectParts, number: number) => {
    const closed = Promise.withResolvers<void>();
    const answers = nextAnswers.shift() ?? [];
    let isClosed = false;
    return {
      answers,
      onToolsChanged,
      closed: closed.promise,
      isClosed: () => isClosed,
      async listTools() {
        if (changeWhileListing.now) onToolsChanged();
        changeWhileListing.now = false;
        return (lists.shift() ?? []).map((name) => ({ name, inputSchema: { type: 'object' as const } }));
      },
      callTool: () => answers.shift()?.() ?? Promise.resolve(`done by ${number}`),
      async close() {
        isClosed = true;
        closed.resolve();
      },
    };
  };
  const kept = keepToolServer({
    name: 's',
    address: { url: 'http://127.0.0.1/' },
    logger: createLogger({ role: 'test', level: 'silent' }),
    now: () => clock.nowMs,
    limits: { waitMs: 50, firstRestMs: 100, maxRestMs: 300 },
    timeoutMs: 1000,
    async connect(parts) {
      tried += 1;
      const fault = faults.shift();
      if (fault) throw fault;
      if (hang.now) await new Promise((_, reject) => parts.signal.addEventListener('abort', reject));
      const connection = script(parts, connections.length + 1);
      connections.push(connection);
      return connection;
    },
  });
  return { kept, clock, hang, faults, lists, connections, tries: () => tried };
}

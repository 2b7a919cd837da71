import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { emptyCall } from '../../fake-upstream.ts';
import type { ModelEvent } from '../../model-provider.ts';
import { ToolCalls } from './tool-calls.ts';

const names = ['get_weather', 'get_time', 'get', 'ping'];
const tools = names.map((name) => ({ type: 'function' as const, function: { name } }));

interface Call {
  readonly name: string;
  readonly arguments: string;
}

/** What the lists of pieces come to, each list as of one chunk. */
function read(lists: readonly unknown[], taken: readonly string[] = []) {
  const messages = taken.map((id) => ({
    role: 'assistant' as const,
    content: undefined,
    tool_calls: [{ id, type: 'function' as const, function: { name: 'ping', arguments: '{}' } }],
  }));
  const calls = new ToolCalls({ ...emptyCall, messages, tools } as typeof emptyCall); // because what is not read is left out
  const events = [
    ...lists.flatMap((list) => calls.read(list).events),
    ...calls.finish({ isCut: false }).events,
  ];
  return gather(events);
}

function gather(events: readonly ModelEvent[]) {
  const found = new Map<number, Call & { readonly id: string }>();
  for (const event of events) {
    if (event.type === 'tool-call') found.set(event.index, { id: event.id, name: event.name, arguments: '' });
    if (event.type !== 'tool-call-delta') continue;
    const call = found.get(event.index);
    if (call !== undefined) found.set(event.index, { ...call, arguments: call.arguments + event.arguments });
  }
  return [...found].sort(([one], [other]) => one - other).map(([, call]) => call);
}

const args = fc
  .dictionary(fc.string({ maxLength: 4 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 })
  .map((value) => JSON.stringify(value));
const call: fc.Arbitrary<Call> = fc.record({ name: fc.constantFrom(...names), arguments: args });

function cut(text: string, places: readonly number[]): string[] {
  const at = places.map((place) => place % (text.length + 1)).toSorted((one, other) => one - other);
  return [0, ...at].map((from, index) => text.slice(from, at[index]));
}

/** The pieces of a call as OpenAI sends them, before a server has its way with them. */
const toPieces = (
  one: Call,
  { nameAt, at }: { readonly nameAt: readonly number[]; readonly at: readonly number[] },
) => [
  ...cut(one.name, nameAt).map((name) => ({ name, text: '' })),
  ...cut(one.arguments, at).map((text) => ({ name: undefined, text })),
];

type Dialect = (
  piece: { readonly name: string | undefined; readonly text: string },
  call: number,
  isFirst: boolean,
) => object;

const f = (name: string | undefined, text: string) => ({
  ...(name === undefined ? {} : { name }),
  arguments: text,
});
/** How servers label the pieces of calls that come one after the other. */
const dialects: Readonly<Record<string, Dialect>> = {
  'as OpenAI': ({ name, text }, index, isFirst) => ({
    index,
    ...(isFirst ? { id: `c${index}`, type: 'function' } : {}),
    function: f(name, text),
  }),
  'without ids': ({ name, text }, index) => ({ index, function: f(name, text) }),
  'with empty ids and names': ({ name = '', text }, index) => ({
    index,
    id: '',
    function: { name, arguments: text },
  }),
  'with ids called null': ({ name, text }, index, isFirst) => ({
    index,
    id: isFirst ? `c${index}` : 'null',
    function: f(name, text),
  }),
  'with one id for all': ({ name, text }, index) => ({ index, id: 'same', function: f(name, text) }),
  'with a new id for each piece': ({ name, text }, index, isFirst) => ({
    index,
    // Not together with a name in pieces: nothing would tell these from heads of other calls.
    ...(isFirst || name === undefined ? { id: `${index}.${text.length}` } : {}),
    function: f(name, text),
  }),
  'with indexes as texts': ({ name, text }, index) => ({ index: `${index}`, function: f(name, text) }),
  'with nulls': ({ name = null as never, text }, index) => ({
    index,
    id: null,
    type: null,
    function: { name, arguments: text === '' ? null : text },
  }),
  'without the function': ({ name, text }, index) => ({ index, id: null, ...f(name, text) }),
};

describe.each(Object.entries(dialects))('calls %s', (_, toPiece) => {
  const cuts = fc.record({
    nameAt: fc.array(fc.nat(), { maxLength: 2 }),
    at: fc.array(fc.nat(), { maxLength: 4 }),
  });

  test('are what the model said, in whatever pieces and turns, with ids of their own', () => {
    const property = fc.property(
      fc.array(fc.tuple(call, cuts), { minLength: 1, maxLength: 4 }),
      fc.infiniteStream(fc.nat()),
      (said, random) => {
        // Their heads come in the order of the calls, all else in any.
        const queues = said.map(([one, places]) => toPieces(one, places));
        const lists: object[][] = [];
        let begun = 0;
        while (queues.some((queue) => queue.length > 0)) {
          const open = queues.flatMap((queue, index) => (queue.length > 0 && index <= begun ? [index] : []));
          const index = open[(random.next().value ?? 0) % open.length] ?? 0;
          const isFirst = index === begun;
          const piece = queues[index]?.shift();
          if (piece === undefined) continue;
          if (index === begun) begun += 1;
          const last = lists.at(-1);
          if (last !== undefined && (random.next().value ?? 0) % 3 === 0)
            last.push(toPiece(piece, index, isFirst));
          else lists.push([toPiece(piece, index, isFirst)]);
        }
        const found = read(lists);
        expect(found.map(({ id, ...rest }) => rest)).toEqual(said.map(([one]) => one));
        expect(new Set(found.map(({ id }) => id)).size).toBe(said.length);
      },
    );
    fc.assert(property, { numRuns: 300 });
  });
});

/** How servers label calls that come each as a whole. */
const wholes: Readonly<Record<string, (call: Call, index: number) => object>> = {
  'all under index 0': (one, index) => ({ index: 0, id: `c${index}`, function: f(one.name, one.arguments) }),
  'without index': (one, index) => ({ id: `c${index}`, function: f(one.name, one.arguments) }),
  'without index and id': (one) => ({ function: f(one.name, one.arguments) }),
  'with arguments that are an object': (one, index) => ({
    index,
    id: `c${index}`,
    function: { name: one.name, arguments: JSON.parse(one.arguments) },
  }),
  'with an object and nothing to tell them by': (one) => ({
    function: { name: one.name, arguments: JSON.parse(one.arguments) },
  }),
};

describe.each(Object.entries(wholes))('whole calls %s', (_, toPiece) => {
  test('are told apart, in one list or in several', () => {
    const property = fc.property(
      fc.array(call, { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      (said, isOneList) => {
        const pieces = said.map(toPiece);
        const found = read(isOneList ? [pieces] : pieces.map((piece) => [piece]));
        // An object that was parsed may have its keys in another order.
        expect(found.map((one) => [one.name, JSON.parse(one.arguments)])).toEqual(
          said.map((one) => [one.name, JSON.parse(one.arguments)]),
        );
        expect(new Set(found.map(({ id }) => id)).size).toBe(said.length);
      },
    );
    fc.assert(property, { numRuns: 300 });
  });
});

describe('a call', () => {
  const piece = (id: string | undefined, text: string | undefined, more: object = {}) => [
    { index: 0, id, function: { name: 'ping', ...(text === undefined ? {} : { arguments: text }) }, ...more },
  ];

  test.each([
    [
      'its head and its pieces repeat name and id',
      [piece('a', '{"x'), piece('a', '":'), piece('a', '1}')],
      '{"x":1}',
    ],
    [
      'an empty object stands before its pieces',
      [piece('a', '{}'), piece('a', '{"x"'), piece('a', ':1}')],
      '{"x":1}',
    ],
    ['all of it comes twice', [piece('a', '{"x":1}'), piece('a', '{"x":1}')], '{"x":1}'],
    ['its head comes again behind it', [piece('a', '{"x":1}'), piece('a', undefined)], '{"x":1}'],
    ['it has no arguments', [piece('a', undefined)], '{}'],
    ['its arguments are a space', [piece('a', ' ')], ' {}'],
    ['it comes in a list with gaps', [[null, ...piece('a', '{"x":1}')]], '{"x":1}'],
    ['its arguments are an empty object', [piece('a', undefined), piece('a', '{}')], '{}'],
  ])('is one where %s', (_, lists, expected) => {
    expect(read(lists)).toEqual([{ id: 'a', name: 'ping', arguments: expected }]);
  });

  test('keeps its id, unless the conversation has it already', () => {
    expect(read([piece('functions.ping:0', '{}')])).toMatchObject([{ id: 'functions.ping:0' }]);
    const [again] = read([piece('a', '{}')], ['a']);
    expect(again?.id).toMatch(/^[a-zA-Z0-9]{9}$/);
  });

  test('that is cut off has no arguments that the model did not give', () => {
    const calls = new ToolCalls({ ...emptyCall, tools });
    const events = [...calls.read(piece('a', undefined)).events, ...calls.finish({ isCut: true }).events];
    expect(events).toEqual([{ type: 'tool-call', index: 0, id: 'a', name: 'ping' }]);
  });

  test('is told of before the next one, so that they keep their order', () => {
    const calls = new ToolCalls({ ...emptyCall, tools });
    const { events } = calls.read([
      { index: 0, id: 'a', function: { name: 'ping' } },
      { index: 1, id: 'b', function: { name: 'get', arguments: '{"x":1}' } },
    ]);
    expect(events.map((event) => event.type === 'tool-call' && event.id)).toEqual(['a', 'b', false]);
  });

  test.each([
    ['a text', 'ping', 'a text'],
    ['a list in the list', [[]], 'a list'],
    ['a number', [1], 'a number'],
  ])('that is %s cannot be read', (_, value, what) => {
    expect(new ToolCalls(emptyCall).read(value).unread).toContain(what);
  });

  test.each([null, undefined, '', [], {}, [{}]])('is not begun by %j', (value) => {
    const calls = new ToolCalls(emptyCall);
    calls.read(value);
    expect(calls.size).toBe(0);
  });

  test('of the older kind is read, and passed over beside one of the newer', () => {
    const legacy = new ToolCalls({ ...emptyCall, tools });
    const events = ['{"x"', ':1}'].flatMap(
      (text) => legacy.readLegacy({ name: 'ping', arguments: text }).events,
    );
    expect(gather(events)).toMatchObject([{ name: 'ping', arguments: '{"x":1}' }]);
    const both = new ToolCalls({ ...emptyCall, tools });
    both.read(piece('a', '{"x":1}'));
    expect(both.readLegacy({ name: 'ping', arguments: '{"x":1}' }).events).toEqual([]);
    expect(both.size).toBe(1);
  });
});

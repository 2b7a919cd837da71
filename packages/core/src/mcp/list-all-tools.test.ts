import { describe, expect, test } from 'vitest';
import { createLogger } from '../logging/logger.ts';
import { listAllTools } from './list-all-tools.ts';

type Client = Parameters<typeof listAllTools>[0];
interface Page {
  readonly tools?: unknown;
  readonly nextCursor?: unknown;
}

const options = { signal: new AbortController().signal, timeout: 1000 };
const add = { name: 'add', inputSchema: { type: 'object' } };

/** What is made of the pages that a server gives for the cursors that it is asked with. */
async function list(pageOf: (cursor: string | undefined, asked: number) => Page) {
  const lines: string[] = [];
  const logger = createLogger({
    role: 'test',
    level: 'warn',
    destination: { write: (line) => void lines.push(line) },
  });
  let asked = 0;
  const request = async (
    { params }: { params?: { cursor?: string } },
    schema: { parse(page: unknown): unknown },
  ) => schema.parse(pageOf(params?.cursor, asked++));
  const client = { request } as unknown as Client; // because the SDK's own type knows every method of the protocol
  return { tools: await listAllTools(client, options, logger), asked, lines };
}

describe('the list of a server’s tools', () => {
  test.each([null, '', undefined])('ends with the next cursor %j', async (nextCursor) => {
    expect(await list(() => ({ tools: [add], nextCursor }))).toMatchObject({
      tools: [{ name: 'add' }],
      asked: 1,
    });
  });

  test('has all pages', async () => {
    const { tools } = await list((cursor) =>
      cursor === undefined ? { tools: [add], nextCursor: 'b' } : { tools: [{ ...add, name: 'sub' }] },
    );
    expect(tools.map(({ name }) => name)).toEqual(['add', 'sub']);
  });

  test('may be null', async () => {
    expect((await list(() => ({ tools: null }))).tools).toEqual([]);
  });

  test.each<[string, (asked: number) => Page, RegExp]>([
    ['the same cursor for ever', () => ({ tools: [], nextCursor: 'a' }), /does not end: .* same cursor/],
    [
      'two cursors in turn',
      (asked) => ({ tools: [], nextCursor: `${asked % 2}` }),
      /does not end: .* same cursor/,
    ],
    [
      'a new cursor each time',
      (asked) => ({ tools: [], nextCursor: `${asked}` }),
      /does not end: .* 200 pages/,
    ],
    [
      'ever more tools',
      (asked) => ({ tools: Array(100).fill(add), nextCursor: `${asked}` }),
      /more than 1000 tools/,
    ],
  ])('that does not end, with %s, is one clear error', async (_what, pageOf, message) => {
    await expect(list((_cursor, asked) => pageOf(asked))).rejects.toThrow(message);
  });

  test('takes null for what a tool does not have', async () => {
    const bare = {
      name: 'look',
      title: null,
      description: null,
      annotations: { readOnlyHint: null, idempotentHint: true, title: null },
      inputSchema: { type: 'object', properties: null, required: null },
      outputSchema: null,
      _meta: null,
    };
    const { tools, lines } = await list(() => ({ tools: [bare, { ...bare, annotations: null }] }));
    expect(tools).toMatchObject([
      { name: 'look', inputSchema: { type: 'object' }, annotations: { idempotentHint: true } },
      { name: 'look', annotations: undefined },
    ]);
    expect(tools[0]?.inputSchema).toEqual({ type: 'object' });
    expect(lines).toEqual([]);
  });

  test.each([undefined, null, {}, { type: null }])(
    'takes the schema %j as one of no arguments',
    async (inputSchema) => {
      const { tools } = await list(() => ({ tools: [{ name: 'look', inputSchema }] }));
      expect(tools.map((tool) => tool.inputSchema)).toEqual([{ type: 'object' }]);
    },
  );

  test('keeps null where a schema means it, and mends it where it does not, at any depth', async () => {
    const properties = {
      city: { type: 'string', description: null, default: null, enum: ['a', null] },
      any: null,
      list: { type: 'array', items: { type: 'object', properties: null, required: null } },
    };
    const { tools } = await list(() => ({ tools: [{ name: 'look', inputSchema: { properties } }] }));
    expect(tools[0]?.inputSchema).toEqual({
      type: 'object',
      properties: {
        city: { type: 'string', default: null, enum: ['a', null] },
        any: {},
        list: { type: 'array', items: { type: 'object' } },
      },
    });
  });

  test('leaves out a tool that cannot be read, and says so', async () => {
    const { tools, lines } = await list(() => ({
      tools: [add, { name: null }, { name: 'x', inputSchema: { type: 'array' } }, 'junk'],
    }));
    expect(tools.map(({ name }) => name)).toEqual(['add']);
    expect(lines).toHaveLength(3);
  });
});

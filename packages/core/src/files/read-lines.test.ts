import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type FileLine, type LinePlace, readLines } from './read-lines.ts';

const mark = '\uFEFF';

describe('lines', () => {
  test.each([
    ['', []],
    ['a', ['a']],
    ['a\n', ['a']],
    ['a\nb', ['a', 'b']],
    ['a\r\nb\r\n', ['a', 'b']],
    ['\n', ['']],
    ['a\n\n\r\nb', ['a', '', '', 'b']],
    [`${mark}a\nb`, ['a', 'b']],
    [`${mark}`, ['']],
    [`a\n${mark}b`, ['a', `${mark}b`]],
    ['a\rb\n', ['a\rb']],
    ['{"x":"é😀\u2028"}\n', ['{"x":"é😀\u2028"}']],
  ])('of %j are %j', async (text, lines) => {
    expect((await read(Buffer.from(text))).map(said)).toEqual(lines);
  });

  test('that are too long or no UTF-8 cost nothing but themselves', async () => {
    const bytes = Buffer.concat([
      Buffer.from('first\n123456789\n'),
      Buffer.from([0xff, 0xfe, 0x0a]),
      Buffer.from('last'),
    ]);
    const lines = await read(bytes, { maxLineBytes: 8 });
    expect(lines.map(said)).toEqual(['first', 'too-long', 'not-utf-8', 'last']);
    expect(lines.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
    expect(lines.map(({ offset }) => offset)).toEqual([0, 6, 16, 19]);
  });

  test('may be exactly as long as allowed, whatever stands before and behind', async () => {
    for (const text of ['12345678', '12345678\n', '12345678\r\n', `${mark}12345678\r\n`]) {
      expect((await read(Buffer.from(text), { maxLineBytes: 8 })).map(said)).toEqual(['12345678']);
      expect((await read(Buffer.from(text), { maxLineBytes: 7 })).map(said)).toEqual(['too-long']);
    }
  });

  test('longer than allowed are not kept while they come', async () => {
    const chunk = Buffer.alloc(1024 * 1024, 'x');
    async function* endless() {
      for (let count = 0; count < 300; count += 1) yield chunk;
      yield Buffer.from('\nnext');
    }
    const before = process.memoryUsage().arrayBuffers;
    const lines = await Array.fromAsync(readLines(endless(), { maxLineBytes: 1000 }));
    expect(lines.map(said)).toEqual(['too-long', 'next']);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50 * 1024 * 1024);
  });
});

describe('for any text', () => {
  const text = fc
    .array(fc.oneof(fc.constantFrom('\n', '\r\n', '\r', mark, '', '😀'), fc.string({ unit: 'binary' })), {
      maxLength: 30,
    })
    .map((pieces) => pieces.join('').toWellFormed());
  const cuts = fc.array(fc.nat({ max: 200 }), { maxLength: 20 });

  test('the lines are those of a split, wherever its bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(text, cuts, async (given, at) => {
        const lines = await read(Buffer.from(given), { cuts: at });
        expect(lines.map(said)).toEqual(splitWhole(given));
      }),
    );
  });

  test('the places join without a gap, and reading goes on at each of them', async () => {
    await fc.assert(
      fc.asyncProperty(text, cuts, async (given, at) => {
        const bytes = Buffer.from(given);
        const lines = await read(bytes);
        expect(lines.at(-1)?.end ?? 0).toBe(bytes.length);
        for (const [index, line] of lines.entries()) {
          expect(line.offset).toBe(lines[index - 1]?.end ?? 0);
          const rest = await read(bytes.subarray(line.offset), { cuts: at, from: line });
          expect(rest).toEqual(lines.slice(index));
        }
      }),
      { numRuns: 50 },
    );
  });

  test('any bytes at all give as many lines as they have newlines, and one more for a rest', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), cuts, async (given, at) => {
        const bytes = Buffer.from(given);
        const newlines = bytes.filter((byte) => byte === 10).length;
        const rest = bytes.length > 0 && bytes.at(-1) !== 10 ? 1 : 0;
        expect(await read(bytes, { cuts: at, maxLineBytes: 40 })).toHaveLength(newlines + rest);
      }),
    );
  });
});

interface ReadOptions {
  readonly cuts?: readonly number[];
  readonly maxLineBytes?: number;
  readonly from?: LinePlace;
}

function read(bytes: Buffer, { cuts = [], maxLineBytes = 10_000, from }: ReadOptions = {}) {
  return Array.fromAsync(readLines(cutAt(bytes, cuts), { maxLineBytes, ...(from && { from }) }));
}

async function* cutAt(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  let start = 0;
  for (const cut of cuts.toSorted((a, b) => a - b)) {
    yield bytes.subarray(start, cut);
    start = Math.max(start, Math.min(cut, bytes.length));
  }
  yield bytes.subarray(start);
}

function said(line: FileLine): string {
  return line.kind === 'text' ? line.text : line.kind;
}

/** The plain way, for a text that is there as a whole. */
function splitWhole(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line, index) =>
    (index === 0 && line.startsWith(mark) ? line.slice(1) : line).replace(/\r$/, ''),
  );
}

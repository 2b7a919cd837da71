import { describe, expect, test } from 'vitest';
import type { FileLine } from '../../files/read-lines.ts';
import { validateInput } from './validate-input.ts';

const url = '/v1/chat/completions';

function lineOf(customId: string, model?: string): string {
  return JSON.stringify({ custom_id: customId, method: 'POST', url, body: { model } });
}

async function* linesOf(texts: Iterable<string>): AsyncGenerator<FileLine> {
  let number = 0;
  for (const text of texts) yield { kind: 'text', text, number: ++number, offset: 0, end: 0 };
}

function validate(lines: AsyncIterable<FileLine>) {
  const endpoint = { hasModel: async (model: string) => model === 'known' };
  return validateInput(lines, { url, endpoint, maxLineBytes: 100 });
}

describe('a file', () => {
  test('is counted, blank lines aside', async () => {
    const lines = linesOf([lineOf('a', 'known'), '', '  ', lineOf('b', 'known')]);
    expect(await validate(lines)).toEqual({ outcome: 'valid', total: 2, model: 'known' });
  });

  test('may name a model that there is not, if it names one that there is, or none', async () => {
    const mixed = linesOf([lineOf('a', 'typo'), lineOf('b', 'known')]);
    expect(await validate(mixed)).toEqual({ outcome: 'valid', total: 2, model: 'known' });
    expect(await validate(linesOf([lineOf('a')]))).toMatchObject({ outcome: 'valid', model: undefined });
    expect(await validate(linesOf([lineOf('a', 'x'), lineOf('b', 'y'), lineOf('c', 'x')]))).toMatchObject({
      outcome: 'faulty',
      faults: [
        { code: 'model_not_found', line: 1, param: 'body.model' },
        { code: 'model_not_found', line: 2 },
      ],
    });
  });

  test('is told every fault with its line, up to a hundred', async () => {
    const texts = Array.from({ length: 200 }, (_, index) => (index === 0 ? lineOf('a', 'known') : 'x'));
    const validation = await validate(linesOf(texts));
    if (validation.outcome !== 'faulty') return expect.unreachable();
    expect(validation.faults).toHaveLength(100);
    expect(validation.faults[0]).toMatchObject({ code: 'invalid_json_line', line: 2 });
  });

  test.each([
    ['too-long', 'line_too_long'],
    ['not-utf-8', 'invalid_encoding'],
  ] as const)('with a line that is %s fails as %s', async (kind, code) => {
    const line: FileLine = { kind, number: 1, offset: 0, end: 9 };
    const lines = (async function* () {
      yield line;
    })();
    expect(await validate(lines)).toMatchObject({ faults: [{ code, line: 1 }] });
  });

  test('may have 50,000 lines and not one more', async () => {
    function* some(count: number) {
      for (let index = 0; index < count; index += 1) yield lineOf(`${index}`, 'known');
    }
    expect(await validate(linesOf(some(50_000)))).toMatchObject({ outcome: 'valid', total: 50_000 });
    expect(await validate(linesOf(some(60_000)))).toMatchObject({
      outcome: 'faulty',
      faults: [{ code: 'too_many_lines', line: 50_001 }],
    });
  });
});

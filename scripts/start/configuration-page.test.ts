import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { apiEnvironmentSchema } from '../../apps/api/src/config.ts';
import { workerEnvironmentSchema } from '../../apps/worker/src/config.ts';

// Holds the tables of docs/configuration.md to the schemas of the roles: names, defaults and bounds.

interface Row {
  readonly name: string;
  readonly unset: string;
  readonly range: string;
}

const page = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');

function rowsBelow(heading: string): Row[] {
  const section = page.split('\n## ').find((text) => text.startsWith(heading)) ?? '';
  const lines = section.split('\n').filter((line) => line.startsWith('| `'));
  return lines.flatMap((line) => {
    const [, names = '', unset = '', range = ''] = line.split('|').map((cell) => cell.trim());
    return [...names.matchAll(/`([A-Z][A-Z0-9_]*)`/g)].map(([, name = '']) => ({ name, unset, range }));
  });
}

describe.each([
  ['API (`npm run api`)', apiEnvironmentSchema],
  ['Worker (`npm run worker`)', workerEnvironmentSchema],
])('the table of %s', (heading, schema: z.ZodObject) => {
  const rows = rowsBelow(heading);
  const needed = { REDIS_URL: 'redis://host' };

  test('has each variable of the schema, and no other', () => {
    expect(rows.map(({ name }) => name).sort()).toEqual(Object.keys(schema.shape).sort());
  });

  test('has the defaults of the schema', () => {
    const defaults = schema.parse(needed);
    for (const { name, unset } of rows.filter((row) => row.unset !== '' && row.name !== 'REDIS_URL')) {
      const actual = defaults[name];
      if (['string', 'number', 'boolean'].includes(typeof actual))
        expect(unset, name).toContain(`\`${actual}\``);
      if (/^`\d+`/.test(unset)) expect(`\`${actual}\``, name).toBe(/^`\d+`/.exec(unset)?.[0]);
    }
  });

  test('has the bounds of the schema', () => {
    const bounded = rows.flatMap(({ name, range }) => {
      const [, min, max] = /^([\d,]+) to ([\d,]+)$/.exec(range) ?? [];
      return min && max
        ? [{ name, min: Number(min.replaceAll(',', '')), max: Number(max.replaceAll(',', '')) }]
        : [];
    });
    expect(bounded.length).toBeGreaterThan(5);
    const fits = (name: string, value: number) =>
      schema.safeParse({ ...needed, [name]: String(value) }).success;
    for (const { name, min, max } of bounded) {
      const around = [min - 1, min, max, max + 1].map((value) => fits(name, value));
      expect(around, name).toEqual([false, true, true, false]);
    }
  });
});

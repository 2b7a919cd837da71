import { expect, test } from 'vitest';
import { createTopTenants } from './top-tenants.ts';

function setup(most: number) {
  const dropped: string[] = [];
  let nowMs = 0;
  const top = createTopTenants({
    most,
    halfLifeMs: 1000,
    now: () => nowMs,
    onDropped: (tenant) => void dropped.push(tenant),
  });
  return { top, dropped, pass: (ms: number) => (nowMs += ms) };
}

test('the first ones keep their names, the rest is other', () => {
  const { top } = setup(2);
  expect(['a', 'b', 'c', 'a'].map((tenant) => top.label(tenant, 10))).toEqual(['a', 'b', 'other', 'a']);
});

test('a tenant that uses clearly more takes the place of the least', () => {
  const { top, dropped } = setup(2);
  top.label('a', 100);
  top.label('b', 10);
  expect(top.label('c', 11)).toBe('other');
  expect(dropped).toEqual([]);
  expect(top.label('c', 11)).toBe('c');
  expect(dropped).toEqual(['b']);
  expect(top.label('b', 1)).toBe('other');
});

test('what was used long ago counts for little', () => {
  const { top, pass } = setup(1);
  top.label('a', 1000);
  expect(top.label('b', 10)).toBe('other');
  pass(20_000);
  expect(top.label('b', 10)).toBe('b');
});

test('however many tenants come, there are no more labels than allowed', () => {
  const { top, dropped } = setup(3);
  const labels = new Set(Array.from({ length: 10_000 }, (_, n) => top.label(`tenant-${n}`, n % 7)));
  expect(labels.size - 1 - dropped.length).toBeLessThanOrEqual(3);
  expect(labels).toContain('other');
});

import { expect, test } from 'vitest';
import { followTheme } from './follow-theme.ts';
import { palette } from './palette.ts';

const svg = `<svg width="10"><text fill="${palette.text.light}">a</text></svg>`;

test('every colour has its counterpart on a dark page, and the drawing stays as it is', () => {
  const themed = followTheme(svg, 'Bars');
  const rules = /@media \(prefers-color-scheme: dark\)\{(.*)\}<\/style>/.exec(themed)?.[1] ?? '';
  for (const { light, dark } of Object.values(palette))
    expect(rules).toContain(`[fill="${light}"]{fill:${dark}}`);
  expect(themed).toMatch(/^<svg role="img" width="10"><title>Bars<\/title><style>/);
  expect(themed).toContain(svg.slice(svg.indexOf('<text')));
});

test('the title is escaped', () => {
  expect(followTheme(svg, 'a < b & c')).toContain('<title>a &lt; b &amp; c</title>');
});

test('what is no SVG is refused', () => {
  expect(() => followTheme('', 'Bars')).toThrow('no SVG');
});

test('no two colours are the same, so that each finds its counterpart', () => {
  const lights = Object.values(palette).map(({ light }) => light);
  expect(new Set(lights).size).toBe(lights.length);
});

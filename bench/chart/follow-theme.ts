import { palette } from './palette.ts';

/**
 * Makes an SVG that was drawn in the light colours follow the reader's theme, and names it for those who cannot see it. It keeps
 * a background of its own: a page may be dark while the system is light.
 */
export function followTheme(svg: string, title: string): string {
  const end = svg.indexOf('>', svg.indexOf('<svg')) + 1;
  if (end === 0) throw new Error('This is no SVG.');
  const head = svg.slice(0, end).replace('<svg', '<svg role="img"');
  return `${head}<title>${escapeText(title)}</title><style>${darkRules()}</style>${svg.slice(end)}\n`;
}

function darkRules(): string {
  const rules = Object.values(palette).flatMap(({ light, dark }) =>
    ['fill', 'stroke'].map((property) => `[${property}="${light}"]{${property}:${dark}}`),
  );
  return `@media (prefers-color-scheme: dark){${rules.join('')}}`;
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

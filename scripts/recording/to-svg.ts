import type { Recording } from './asciicast.ts';
import { type Cell, createScreen } from './screen.ts';

/** What one row shows for a time. */
interface Showing {
  readonly row: number;
  readonly cells: readonly Cell[];
  readonly fromMs: number;
  /** Undefined for what is there in the end. */
  readonly toMs: number | undefined;
}

/** Output that comes closer together is one picture: nobody sees the difference, and each picture costs bytes. */
const frameMs = 60;
const [charWidth, lineHeight, padding, barHeight] = [8.4, 19, 16, 30];
const colours = ['#6e7681', '#ff7b72', '#7ee787', '#d29922', '#79c0ff', '#d2a8ff', '#56d4dd', '#e6edf3'];

/**
 * The recording as a picture that moves by itself, without a script. Where nothing moves, or the reader has asked for that, it
 * shows the end.
 */
export function toSvg(recording: Recording): string {
  const width = Math.ceil(recording.columns * charWidth + 2 * padding);
  const showings = listShowings(recording);
  const used = Math.max(...showings.map(({ row }) => row)) + 1;
  const height = barHeight + used * lineHeight + 2 * padding;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${toMarkup(recording.title)}">
<style>
text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#e6edf3;white-space:pre}
.t{visibility:hidden}
.d{fill:#8b949e}.b{font-weight:bold}
${colours.map((colour, index) => `.c${index}{fill:${colour}}`).join('')}
@keyframes s{from,to{visibility:visible}}
@keyframes h{from,to{visibility:hidden}}
@media (prefers-reduced-motion:reduce){*{animation:none!important}}
</style>
<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>
<circle cx="18" cy="16" r="5" fill="#ff5f57"/><circle cx="36" cy="16" r="5" fill="#febc2e"/><circle cx="54" cy="16" r="5" fill="#28c840"/>
${showings.map(drawRow).join('\n')}
</svg>
`;
}

function listShowings({ columns, rows, events }: Recording): readonly Showing[] {
  const screen = createScreen({ columns, rows });
  const open = new Map<number, Showing & { readonly key: string }>();
  const over: Showing[] = [];
  let drawnMs = Number.NEGATIVE_INFINITY;
  for (const [index, { atMs, text }] of events.entries()) {
    screen.write(text);
    const next = events[index + 1];
    if (next !== undefined && next.atMs - drawnMs < frameMs) continue;
    drawnMs = atMs;
    for (const [row, cells] of screen.rows.entries()) {
      const key = JSON.stringify(cells);
      const before = open.get(row);
      if (before?.key === key) continue;
      if (before !== undefined) over.push({ ...before, toMs: atMs });
      open.delete(row);
      if (cells.some(({ char }) => char !== ' '))
        open.set(row, { row, cells: [...cells], fromMs: atMs, toMs: undefined, key });
    }
  }
  return [...over, ...open.values()];
}

function drawRow({ row, cells, fromMs, toMs }: Showing): string {
  const y = barHeight + padding + (row + 0.75) * lineHeight;
  const seconds = (ms: number) => `${(ms / 1000).toFixed(2)}s`;
  const [kind, motion] =
    toMs === undefined
      ? ['', `h ${seconds(fromMs)}`]
      : [' class="t"', `s ${seconds(toMs - fromMs)} ${seconds(fromMs)}`];
  return `<text${kind} x="${padding}" y="${y.toFixed(1)}" style="animation:${motion}">${listRuns(cells).map(drawRun).join('')}</text>`;
}

interface Run {
  readonly style: Cell['style'];
  text: string;
}

function listRuns(cells: readonly Cell[]): readonly Run[] {
  const runs: Run[] = [];
  for (const { char, style } of cells) {
    const last = runs.at(-1);
    if (last !== undefined && JSON.stringify(last.style) === JSON.stringify(style)) last.text += char;
    else runs.push({ style, text: char });
  }
  return runs;
}

function drawRun({ style: { dim, bold, colour }, text }: Run): string {
  const classes = [dim ? 'd' : '', bold ? 'b' : '', colour === undefined ? '' : `c${colour}`].filter(Boolean);
  return classes.length === 0
    ? toMarkup(text)
    : `<tspan class="${classes.join(' ')}">${toMarkup(text)}</tspan>`;
}

function toMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

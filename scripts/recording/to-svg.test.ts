import { expect, test } from 'vitest';
import { toAsciicast } from './asciicast.ts';
import { createScreen } from './screen.ts';
import { toSvg } from './to-svg.ts';

const show = (text: string) => {
  const screen = createScreen({ columns: 10, rows: 3 });
  screen.write(text);
  return screen.rows.map((cells) => cells.map(({ char }) => char).join(''));
};

test.each([
  ['lines', 'one\r\ntwo', ['one', 'two', '']],
  ['a line that is too long', '0123456789ab', ['0123456789', 'ab', '']],
  ['a line that is written again', 'three\rT\x1b[K', ['T', '', '']],
  ['what an editor of lines writes', '\x1b[1G\x1b[0J> \x1b[3Gab\b\x1b[Kc', ['> ac', '', '']],
  ['a clear screen', 'one\r\n\x1b[H\x1b[2J\x1b[3Jtwo', ['two', '', '']],
  ['titles and modes', '\x1b]0;title\x07\x1b[?2004hone', ['one', '', '']],
])('the screen knows %s', (_, text, rows) => {
  expect(show(text)).toEqual(rows);
});

test('a recording that does not fit is an error', () => {
  expect(() => show('1\n2\n3\n4')).toThrow('The recording has more than 3 rows');
});

const recording = {
  columns: 20,
  rows: 4,
  title: 'A "title"',
  events: [
    { atMs: 0, text: '$ ' },
    { atMs: 1000, text: 'a<b' },
    { atMs: 2000, text: '\r\n\x1b[2mdim\x1b[22m & \x1b[1;32mgreen\x1b[0m' },
  ],
};

test('the picture shows each row for its time, and the end where nothing moves', () => {
  const svg = toSvg(recording);
  expect(svg).toContain('aria-label="A &quot;title&quot;"');
  expect(svg).toContain('style="animation:s 1.00s 0.00s">$ </text>');
  expect(svg).toContain('style="animation:h 1.00s">$ a&lt;b</text>');
  expect(svg).toContain('<tspan class="d">dim</tspan> &amp; <tspan class="b c2">green</tspan></text>');
});

test('the cast has a header and a line for each output', () => {
  expect(toAsciicast(recording).split('\n').slice(0, 3)).toEqual([
    '{"version":2,"width":20,"height":4,"title":"A \\"title\\""}',
    '[0,"o","$ "]',
    '[1,"o","a<b"]',
  ]);
});

import { stripVTControlCharacters, styleText } from 'node:util';

type Fields = Readonly<Record<string, unknown>>;
type Format = Parameters<typeof styleText>[0];

export interface ReadableOptions {
  readonly colours: boolean;
}

const levels: Readonly<Record<number, readonly [name: string, format: Format]>> = {
  10: ['TRACE', 'gray'],
  20: ['DEBUG', 'gray'],
  40: ['WARN', 'yellow'],
  50: ['ERROR', 'red'],
  60: ['FATAL', 'red'],
};
const atEnd = new Set(['runId', 'attempt']);
const leftOut = new Set(['level', 'time', 'pid', 'role', 'msg', 'err', ...atEnd]);

/** A JSON line of the log as one line for people: time, role, event and fields; an error's stack follows below it. */
export function toReadableLine(json: string, { colours }: ReadableOptions): string {
  const line = parse(json);
  if (line === undefined) return json;
  const paint = (format: Format, text: string) =>
    colours ? styleText(format, text, { validateStream: false }) : text;
  const [level, format] = levels[Number(line['level'])] ?? [undefined, undefined];
  const head = [
    paint('gray', clockTime(line['time'])),
    ...(level === undefined ? [] : [paint(format, level)]),
    paint('gray', plain(line['role'])),
  ];
  const rest = [
    ...fieldsOf(line, (name) => !leftOut.has(name)),
    ...fieldsOf(line, (name) => atEnd.has(name)),
  ];
  const body =
    line['msg'] === 'run.finished'
      ? describeRun(line, paint)
      : [paint('bold', plain(line['msg'])), ...rest].join(' ');
  return `${head.join(' ')} ${body}${stackOf(line['err'])}\n`;
}

/** `echo completed: 3 + 12 tokens, 1.2 s (0.1 s queued) chatcmpl-…` */
function describeRun(line: Fields, paint: (format: Format, text: string) => string): string {
  const { agent, end, code, usage, durationMs, waitedMs, attempt, runId } = line;
  const isGood = end === 'completed';
  const outcome = code === undefined ? plain(end) : `${plain(end)} ${plain(code)}`;
  const facts = [tokens(usage), seconds(durationMs)].filter((fact) => fact !== undefined).join(', ');
  const queued = Number(waitedMs) >= 100 ? ` (${seconds(waitedMs)} queued)` : '';
  const again = Number(attempt) > 1 ? ` attempt=${plain(attempt)}` : '';
  const colour = isGood ? 'green' : 'yellow';
  return `${paint('bold', plain(agent))} ${paint(colour, outcome)}: ${facts}${queued}${again} ${paint('gray', plain(runId))}`;
}

function tokens(usage: unknown): string | undefined {
  if (typeof usage !== 'object' || usage === null) return 'no tokens';
  const { promptTokens, completionTokens } = usage as Fields; // because any object is one
  return `${plain(promptTokens)} + ${plain(completionTokens)} tokens`;
}

function seconds(ms: unknown): string | undefined {
  return typeof ms === 'number' ? `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s` : undefined;
}

function fieldsOf(line: Fields, isWanted: (name: string) => boolean): string[] {
  return Object.entries(line)
    .filter(([name]) => isWanted(name))
    .map(([name, value]) => `${name}=${isWord(value) ? value : plain(JSON.stringify(value))}`);
}

function isWord(value: unknown): value is string {
  return typeof value === 'string' && /^[^\s\p{Cc}"=]+$/u.test(value);
}

/** What is not ours to trust must not rewrite the terminal. */
function plain(value: unknown): string {
  return stripVTControlCharacters(String(value ?? '-')).replace(/\p{Cc}/gu, ' ');
}

function stackOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const { stack, message } = error as Fields; // because any object is one
  const lines = String(stack ?? message ?? '').split('\n');
  return lines.map((line) => `\n    ${plain(line)}`).join('');
}

function clockTime(ms: unknown): string {
  const at = new Date(Number(ms));
  if (Number.isNaN(at.getTime())) return '--:--:--';
  const two = (part: number) => `${part}`.padStart(2, '0');
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

function parse(json: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? (value as Fields) : undefined; // because any object is one
  } catch {
    return undefined;
  }
}

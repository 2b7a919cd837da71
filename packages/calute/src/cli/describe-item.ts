import { withoutControls } from './terminal.ts';

/** A value of an answer as a cell of a table. */
export function toCell(value: unknown): string {
  if (value === undefined || value === null || value === '') return '-';
  if (typeof value === 'object') return withoutControls(JSON.stringify(value));
  return withoutControls(String(value)).replaceAll(/\s+/g, ' ');
}

/** Unix seconds as all commands write a time. */
export function toTime(seconds: unknown): string {
  return typeof seconds === 'number' ? new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z') : '-';
}

/** An answer for people, a line for each field that says something. */
export function describeItem(item: Readonly<Record<string, unknown>>): string {
  const fields = Object.entries(item).filter(([, value]) => value !== null && value !== undefined);
  const width = Math.max(0, ...fields.map(([name]) => name.length));
  const lines = fields.map(([name, value]) => {
    const shown = name.endsWith('_at') || name === 'created' ? toTime(value) : toCell(value);
    return `${name.padEnd(width)}  ${shown}\n`;
  });
  return lines.join('');
}

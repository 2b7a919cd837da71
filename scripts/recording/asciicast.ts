/** What a terminal has been sent, and when; an asciicast of version 2. */
export interface Recording {
  readonly columns: number;
  readonly rows: number;
  readonly title: string;
  readonly events: readonly { readonly atMs: number; readonly text: string }[];
}

/** The file that players of asciicasts read. */
export function toAsciicast({ columns, rows, title, events }: Recording): string {
  const header = { version: 2, width: columns, height: rows, title };
  const lines = events.map(({ atMs, text }) => [Number((atMs / 1000).toFixed(3)), 'o', text]);
  return [header, ...lines].map((line) => `${JSON.stringify(line)}\n`).join('');
}

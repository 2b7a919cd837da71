/** How a character looks. */
export interface Style {
  readonly dim: boolean;
  readonly bold: boolean;
  /** An ANSI colour from 0 to 7. */
  readonly colour: number | undefined;
}

export interface Cell {
  readonly char: string;
  readonly style: Style;
}

const plain: Style = { dim: false, bold: false, colour: undefined };
const blank: Cell = { char: ' ', style: plain };
/** Text, or one control: a sequence with its parameters and its letter, a title, a single character. */
const token =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: this is what a terminal reads
  /\x1b\[([\d;?]*)([A-Za-z])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()=>].?|[\x00-\x1f]|[^\x00-\x1f]+/gu;

/** A terminal that knows what a shell and our commands write: enough to draw what they have written. */
export interface Screen {
  /** Takes output; throws when it would scroll, because a recording has to fit. */
  write(text: string): void;
  readonly rows: readonly (readonly Cell[])[];
}

export function createScreen(size: { readonly columns: number; readonly rows: number }): Screen {
  const rows: Cell[][] = Array.from({ length: size.rows }, () => []);
  const place: Place = { rows, row: 0, column: 0, style: plain };
  const down = () => {
    place.row += 1;
    if (place.row >= size.rows)
      throw new Error(`The recording has more than ${size.rows} rows: clear in between.`);
  };
  const put = (char: string) => {
    if (place.column >= size.columns) {
      place.column = 0;
      down();
    }
    const cells = currentRow(place);
    while (cells.length < place.column) cells.push(blank);
    cells[place.column] = { char, style: place.style };
    place.column += 1;
  };
  return {
    rows,
    write(text) {
      for (const [whole, parameters = '', letter] of text.matchAll(token)) {
        if (letter !== undefined) control(place, parameters, letter);
        else if (whole === '\n') down();
        else if (whole === '\r') place.column = 0;
        else if (whole === '\b') place.column = Math.max(0, place.column - 1);
        else if (whole >= ' ') for (const char of whole) put(char);
      }
    },
  };
}

interface Place {
  readonly rows: Cell[][];
  row: number;
  column: number;
  style: Style;
}

function currentRow({ rows, row }: Place): Cell[] {
  return rows[row] ?? [];
}

/** Does what a sequence says; what only matters to a real terminal does nothing. */
function control(place: Place, parameters: string, letter: string): void {
  const [first = 0] = parameters.split(';').map(Number);
  const count = Math.max(1, first);
  const cells = currentRow(place);
  const cut = () => {
    cells.length = Math.min(cells.length, place.column);
  };
  if (letter === 'm') place.style = applyStyle(place.style, parameters);
  else if (letter === 'G') place.column = count - 1;
  else if (letter === 'C') place.column += count;
  else if (letter === 'D') place.column = Math.max(0, place.column - count);
  else if (letter === 'A') place.row = Math.max(0, place.row - count);
  else if (letter === 'H') [place.row, place.column] = [0, 0];
  else if (letter === 'K') cut();
  else if (letter === 'J') {
    if (first === 0) cut();
    for (const below of first === 0 ? place.rows.slice(place.row + 1) : place.rows) below.length = 0;
  }
}

function applyStyle(style: Style, parameters: string): Style {
  let next = style;
  for (const code of parameters.split(';').map(Number)) {
    if (code === 0) next = plain;
    else if (code === 1) next = { ...next, bold: true };
    else if (code === 2) next = { ...next, dim: true };
    else if (code === 22) next = { ...next, bold: false, dim: false };
    else if (code >= 30 && code <= 37) next = { ...next, colour: code - 30 };
    else if (code === 39) next = { ...next, colour: undefined };
  }
  return next;
}

import type { Terminal } from '../terminal.ts';

/** A terminal that keeps what is written to it. */
export function recordTerminal({ isInteractive = false } = {}) {
  let [written, noted] = ['', ''];
  const terminal: Terminal = {
    write: (text) => {
      written += text;
    },
    note: (text) => {
      noted += text;
    },
    json: (value) => {
      written += `${JSON.stringify(value)}\n`;
    },
    dim: (text) => text,
    isInteractive,
    isWatched: isInteractive,
  };
  return {
    ...terminal,
    get written() {
      return written;
    },
    get noted() {
      return noted;
    },
  };
}

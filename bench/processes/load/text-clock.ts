/** When the text of one answer came. */
export interface TextClock {
  /** A piece with text has arrived. */
  textCame(): void;
  /** Until the first piece, or until now without any; and the time between one piece and the next. */
  read(): { readonly ttftMs: number; readonly gapsMs: readonly number[] };
}

/** Starts now. Tokens that arrive in one piece have no gap between them and are not counted. */
export function createTextClock(): TextClock {
  const startedAt = performance.now();
  const gapsMs: number[] = [];
  let ttftMs: number | undefined;
  let lastAt = startedAt;
  return {
    textCame() {
      const now = performance.now();
      if (ttftMs === undefined) ttftMs = now - startedAt;
      else gapsMs.push(now - lastAt);
      lastAt = now;
    },
    read: () => ({ ttftMs: ttftMs ?? performance.now() - startedAt, gapsMs }),
  };
}

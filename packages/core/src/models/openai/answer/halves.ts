/**
 * Text that comes in pieces, without half characters: a server that writes its tokens as JSON escapes may cut an emoji in
 * two, and where half of it stands alone many clients fail.
 */
export interface Halves {
  /** The piece with what was kept before it, less the half that it may end with; that is kept for the next piece. */
  join(piece: string): string;
  /** What stands for a half that nothing has followed. */
  end(): string;
}

export function createHalves(): Halves {
  let kept = '';
  return {
    join(piece) {
      if (kept === '' && piece.isWellFormed()) return piece;
      const text = kept + piece;
      const end = wholeLength(text);
      kept = text.slice(end);
      return text.slice(0, end).toWellFormed();
    },
    end() {
      const text = kept.toWellFormed();
      kept = '';
      return text;
    },
  };
}

/** The length of the text without the half character that it may end with. */
export function wholeLength(text: string): number {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last < 0xdc00 ? text.length - 1 : text.length;
}

/** A text that grows, of which the last part is shown. */
export interface ShownText {
  readonly text: string;
  /** Characters before what is shown. */
  readonly cutBefore: number;
  add(more: string): void;
}

const mostShown = 64 * 1024;

export function createShownText(): ShownText {
  let text = '';
  let cutBefore = 0;
  return {
    get text() {
      return text;
    },
    get cutBefore() {
      return cutBefore;
    },
    add(more) {
      text += more;
      // Cut in large pieces: a cut copies what is kept.
      if (text.length <= 2 * mostShown) return;
      cutBefore += text.length - mostShown;
      text = text.slice(-mostShown);
    },
  };
}

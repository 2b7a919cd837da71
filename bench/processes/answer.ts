/** Digits of a token's number: enough for every count that is asked for, so that all tokens are of one size. */
const digits = 3;

const texts = new Map<number, string>();

/** The tokens in order, each told apart from the others, so that a lost, doubled or swapped one shows. */
export function tokensOf(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => ` t${index.toString(36).padStart(digits, '0')}`);
}

/** The whole answer; anything else counts as an error. */
export function answerText(count: number): string {
  const known = texts.get(count);
  if (known !== undefined) return known;
  const text = tokensOf(count).join('');
  texts.set(count, text);
  return text;
}

/** How many tokens every answer of the mock upstream has. */
export const tokenCount = 64;

/** The tokens in order, each told apart from the others, so that a lost, doubled or swapped one shows. */
export const tokens: readonly string[] = Array.from(
  { length: tokenCount },
  (_, index) => ` t${String(index).padStart(2, '0')}`,
);

/** The whole answer; anything else counts as an error. */
export const answerText = tokens.join('');

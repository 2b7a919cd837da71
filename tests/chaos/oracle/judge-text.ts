import type { Violation } from './violation.ts';

export interface ExpectedText {
  readonly tag: string;
  /** How many tokens the whole answer has. */
  readonly tokens: number;
  /** Whether it says that it is the whole answer. */
  readonly completed: boolean;
  /** A committed step ends with this token: what follows may be of another attempt. */
  readonly stepEnd?: number | undefined;
}

/**
 * A text must be the tokens 1, 2, 3… of one attempt: all of them when it is complete. A change of the attempt in the middle
 * counts as reordered, because two answers were spliced; between two steps it is how a run goes on.
 */
export function judgeText(text: string, { tag, tokens, completed, stepEnd }: ExpectedText): Violation[] {
  const violations: Violation[] = [];
  const tell = (counter: Violation['counter'], amount: number, detail: string) =>
    violations.push({ counter, amount, tag, detail });
  const seen = new Set<number>();
  let attempt: number | undefined;
  let last = 0;
  for (const word of words(text)) {
    const token = readToken(word);
    if (token?.tag !== tag) {
      tell('lost', 1, `"${word.slice(0, 40)}" after token ${last} is no token of this run`);
      continue;
    }
    if (last === 0 || (last === stepEnd && token.index === last + 1)) attempt = token.attempt;
    if (token.attempt !== attempt) {
      tell(
        'reordered',
        1,
        `attempt ${token.attempt} goes on at token ${token.index} after token ${last} of attempt ${attempt}`,
      );
      attempt = token.attempt;
    } else if (token.index > last + 1) {
      tell('lost', token.index - last - 1, `token ${token.index} follows token ${last}`);
    } else if (token.index <= last) {
      const again = seen.has(token.index);
      tell(again ? 'doubled' : 'reordered', 1, `token ${token.index} follows token ${last}`);
    }
    seen.add(token.index);
    last = token.index;
  }
  if (completed && last < tokens) tell('lost', tokens - last, `complete after token ${last} of ${tokens}`);
  return violations;
}

export function countTokens(text: string): number {
  return words(text).length;
}

function words(text: string): string[] {
  return text.split(' ').filter((word) => word !== '');
}

function readToken(word: string) {
  const [, tag, attempt, index] = /^(r\d+)\.a(\d+)\.t(\d+)x*$/.exec(word) ?? [];
  return tag === undefined ? undefined : { tag, attempt: Number(attempt), index: Number(index) };
}

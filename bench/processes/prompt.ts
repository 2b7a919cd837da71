/** How many tokens an answer has when nothing else is asked for. */
export const usualTokens = 64;

/** Asks the mock upstream for so many tokens, in a prompt of so many bytes at least. */
export function promptFor(tokens: number, bytes = 0): string {
  return `Count to ${tokens}.`.padStart(bytes, 'Please count. ');
}

/** How many tokens a prompt asks for. */
export function tokensAskedIn(prompt: string): number {
  return Number(/Count to (\d+)\.$/.exec(prompt)?.[1] ?? usualTokens);
}

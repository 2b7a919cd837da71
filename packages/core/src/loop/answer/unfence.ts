/** Source: CommonMark, fenced code blocks: three or more of one character, which close as many. */
const fenced = /^\s*(`{3,}|~{3,})[^\n`]*\n([\s\S]*?)\n?\s*\1\s*$/;

/**
 * What stands in the one code fence that a text is; undefined for any other text. Models that are not held to a format wrap
 * their JSON like that. One that also says something beside it has not done what was asked for.
 */
export function unfence(text: string): string | undefined {
  return fenced.exec(text)?.[2];
}

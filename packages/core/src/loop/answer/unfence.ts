/**
 * What stands in the one code fence that a text is; undefined for any other text. Models that are not held to a format wrap
 * their JSON like that. One that also says something beside it has not done what was asked for.
 * Source: CommonMark, fenced code blocks: three or more of one character, which close as many.
 */
export function unfence(text: string): string | undefined {
  // Not one expression for all of it: a model's megabyte of blanks would keep that busy for hours.
  const fence = /^(?:`{3,}|~{3,})/.exec(text.trimStart())?.[0];
  if (fence === undefined) return undefined;
  const block = text.trim();
  const firstLine = block.indexOf('\n');
  if (firstLine === -1 || block.slice(fence.length, firstLine).includes('`')) return undefined;
  const inside = block.slice(firstLine + 1);
  return inside.endsWith(fence) ? inside.slice(0, -fence.length).trimEnd() : undefined;
}

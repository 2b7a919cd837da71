const lists = ['tokens', 'token_logprobs', 'top_logprobs', 'text_offset'] as const;

/** Lists of equal length: what is known of each token. */
export type TextLogprobs = { readonly [List in (typeof lists)[number]]?: readonly unknown[] };

/** One object of what several chunks of an upstream have said; null when they have said nothing. */
export function joinLogprobs(pieces: readonly unknown[]): TextLogprobs | null {
  if (pieces.length === 0) return null;
  const told = lists.filter((name) => pieces.some((piece) => Array.isArray(listOf(piece, name))));
  return Object.fromEntries(told.map((name) => [name, pieces.flatMap((piece) => listOf(piece, name) ?? [])]));
}

function listOf(piece: unknown, name: (typeof lists)[number]): readonly unknown[] | undefined {
  const fields: Readonly<Record<string, unknown>> = { ...(typeof piece === 'object' ? piece : {}) };
  const list = fields[name];
  return Array.isArray(list) ? list : undefined;
}

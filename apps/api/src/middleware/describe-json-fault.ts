import jsonc from 'jsonc-parser';

/** To look for the fault takes some 75 ms for so much text, in which nothing else is served. */
const maxTextLength = 1024 * 1024;

/**
 * What is wrong in text that is no JSON, and where: `comma expected at position 7 (line 1 column 8)`. Unlike the message of
 * `JSON.parse` it repeats nothing of the text, which may be a prompt. Undefined for text of more than 1 Mi characters.
 * Recursive, so only for text of checked nesting.
 */
export function describeJsonFault(text: string): string | undefined {
  if (text.length > maxTextLength) return undefined;
  let fault: string | undefined;
  const onError: jsonc.JSONVisitor['onError'] = (error, offset, _length, line, character) => {
    const what = jsonc
      .printParseErrorCode(error)
      .replaceAll(/\B[A-Z]/g, ' $&')
      .toLowerCase();
    fault ??= `${what} at position ${offset} (line ${line + 1} column ${character + 1})`;
  };
  jsonc.visit(text, { onError }, { disallowComments: true });
  return fault;
}

const byExtension: Readonly<Record<string, string>> = {
  pdf: 'application/pdf',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  json: 'application/json',
  jsonl: 'application/x-ndjson',
  xml: 'application/xml',
  yaml: 'application/yaml',
  yml: 'application/yaml',
};

/** Source code and notes: what a text editor opens. */
const textual =
  /^(txt|md|csv|tsv|log|html?|css|js|mjs|cjs|ts|tsx|jsx|py|rb|go|rs|java|kt|c|h|cc|cpp|cs|php|sh|sql|toml|ini|tex|srt)$/;

/** What a file is by its name; a PDF where that does not tell, as OpenAI takes it. */
export function mediaTypeOf(filename: string | undefined): string {
  const extension = /\.(\w+)$/.exec(filename ?? '')?.[1]?.toLowerCase() ?? '';
  const known = byExtension[extension];
  if (known !== undefined) return known;
  return textual.test(extension) ? 'text/plain' : 'application/pdf';
}

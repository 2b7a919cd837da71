/** What a client of the README needs to be tried. */
export interface Snippet {
  /** As it stands in bold above it: `AI SDK`. */
  readonly client: string;
  /** Its blocks of code, in their order. */
  readonly blocks: readonly CodeBlock[];
}

export interface CodeBlock {
  /** As the fence names it: `ts`, `sh`, `json`. */
  readonly language: string;
  readonly text: string;
}

/** The snippets of the section "Clients", which each begin with a line whose first words are bold. */
export function readSnippets(readme: string): readonly Snippet[] {
  const section = /^## Clients\n(.*?)(?=^## |$(?![\s\S]))/ms.exec(readme)?.[1] ?? '';
  const parts = section.split(/^\*\*(?=[^*\n]+\*\*)/m).slice(1);
  return parts.map((part) => ({ client: part.slice(0, part.indexOf('**')), blocks: readBlocks(part) }));
}

function readBlocks(markdown: string): CodeBlock[] {
  const found = markdown.matchAll(/^```(\w+)\n(.*?)^```$/gms);
  return [...found].map(([, language = '', text = '']) => ({ language, text }));
}

/** What a task came to, and who did it. */
export interface TaskResult {
  readonly task: string;
  readonly member: string;
  readonly text: string;
  readonly isCut: boolean;
}

/** The parts that say something, with a blank line between them. */
export function joinSections(...sections: readonly (string | undefined)[]): string {
  return sections.filter((section) => section !== undefined && section !== '').join('\n\n');
}

export function backgroundSection(background: string | undefined): string | undefined {
  return background === undefined ? undefined : `Background: ${background}`;
}

export function resultsSection(heading: string, results: readonly TaskResult[]): string | undefined {
  if (results.length === 0) return undefined;
  const blocks = results.map(({ task, member, text, isCut }) => {
    const cut = isCut ? ' cut_off="true"' : '';
    return `<result task="${task}" member="${member}"${cut}>\n${text}\n</result>`;
  });
  return [heading, ...blocks].join('\n');
}

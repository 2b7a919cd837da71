/** What programs for coding offer with each request, whether or not anybody has asked for it. */
const offeredAnyway = /^(?:web_search(?:_preview)?(?:_\d.*)?|image_generation|tool_search)$/;

/** A body without the tools that are left out, and where they stood. */
export interface WithoutHosted {
  readonly body: unknown;
  readonly ignored: readonly string[];
}

/**
 * Leaves out the tools of OpenAI's own servers that a client offers beside its functions: its model can do without them. A
 * client that offers nothing else wants just that, and is refused by who parses the body.
 */
export function leaveOutHosted(body: unknown): WithoutHosted {
  const tools = typeof body === 'object' && body !== null && 'tools' in body ? body.tools : undefined;
  if (!Array.isArray(tools)) return { body, ignored: [] };
  const kept = tools.filter((tool) => !isHosted(tool));
  if (kept.length === 0 || kept.length === tools.length) return { body, ignored: [] };
  const ignored = tools.flatMap((tool, index) => (isHosted(tool) ? [`tools.${index}`] : []));
  return { body: { ...Object(body), tools: kept }, ignored };
}

function isHosted(tool: unknown): boolean {
  const type = typeof tool === 'object' && tool !== null && 'type' in tool ? tool.type : undefined;
  return typeof type === 'string' && offeredAnyway.test(type);
}

import { z } from 'zod';

const timeoutMs = z.number().int().positive().max(86_400_000);
const text = z.string('expected a text; is an environment variable not set?');
const texts = z.record(z.string().min(1), text);
const toolNames = z.array(z.string().min(1));

/** An MCP server as an agent file names it. */
const toolServerSchema = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/, error: 'expected an http(s) URL' })
      .refine(hasNoPassword, 'expected no user or password in it; use headers')
      .optional(),
    headers: texts.refine(areHeaders, 'expected names and values that HTTP allows').optional(),
    command: z.string().min(1).optional(),
    args: z.array(text).optional(),
    env: texts.optional(),
    cwd: z.string().min(1).optional(),
    tools: toolNames.optional(),
    idempotent: z
      .union([z.literal('annotated'), toolNames], 'expected tool names, or "annotated"')
      .optional(),
    timeoutMs: timeoutMs.optional(),
    toolTimeoutsMs: z.record(z.string().min(1), timeoutMs).optional(),
  })
  .superRefine((server, context) => {
    for (const message of addressFaults(server)) context.addIssue({ code: 'custom', message });
  });

/** Without two underscores on end, so that `<server>__<tool>` belongs to one server only. */
const serverName = z
  .string()
  .regex(
    /^(?=.{1,32}$)[A-Za-z0-9]+([_-][A-Za-z0-9]+)*$/,
    'expected up to 32 letters and digits, with single _ or - between them',
  );

/** The field `mcp` of an agent: servers by name. */
export const toolServersSchema = z.record(serverName, toolServerSchema);

function* addressFaults(server: object): Generator<string> {
  const isHttp = 'url' in server;
  if (isHttp === 'command' in server) yield 'expected either a url or a command';
  const foreign = isHttp ? ['args', 'env', 'cwd'] : ['headers'];
  for (const field of foreign.filter((name) => name in server))
    yield `${field} is for servers with a ${isHttp ? 'command' : 'url'}`;
}

function hasNoPassword(url: string): boolean {
  const { username, password } = new URL(url);
  return username === '' && password === '';
}

function areHeaders(headers: Record<string, string>): boolean {
  try {
    new Headers(headers);
    return true;
  } catch {
    return false;
  }
}

interface NamingAgent {
  readonly tools: Readonly<Record<string, unknown>>;
  readonly mcp?: Readonly<Record<string, unknown>> | undefined;
}

/** Own tools whose names belong to the tools of a server. */
export function findToolServerFaults({
  tools,
  mcp = {},
}: NamingAgent): { path: string[]; message: string }[] {
  const servers = Object.keys(mcp);
  const taken = Object.keys(tools).filter((name) => servers.some((server) => name.startsWith(`${server}__`)));
  const message = 'a name of this form is for the tools of an MCP server';
  return taken.map((name) => ({ path: ['tools', name], message }));
}

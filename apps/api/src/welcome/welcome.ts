/** What somebody who opens the address is to know. */
export interface Welcome {
  /** Where it was asked, without a path: `http://127.0.0.1:8080`. */
  readonly origin: string;
  /** The agents that may be asked; empty for those who have not shown a key. */
  readonly agents: readonly string[];
  readonly needsKey: boolean;
}

const about = 'Calute: agents as OpenAI-compatible models. Clients talk to it with any OpenAI SDK.';

/** For programs. */
export function welcomeBody(welcome: Welcome): object {
  const { origin, agents, needsKey } = welcome;
  return {
    name: 'calute',
    about,
    base_url: `${origin}/v1`,
    ...(agents.length > 0 ? { models: agents } : {}),
    needs_key: needsKey,
    try: exampleCommand(welcome),
    routes: ['POST /v1/chat/completions', 'GET /v1/models', 'GET /health'],
  };
}

/** For browsers; without scripts and without anything from elsewhere. */
export function welcomePage(welcome: Welcome): string {
  const { origin, agents, needsKey } = welcome;
  const models = agents.map((id) => `<code>${escapeHtml(id)}</code>`).join(', ');
  const paragraphs = [
    escapeHtml(about),
    `Base URL for clients: <code>${escapeHtml(origin)}/v1</code>`,
    ...(agents.length > 0 ? [`Models: ${models}`] : []),
    ...(needsKey ? ['Requests need a key, as <code>Authorization: Bearer …</code>.'] : []),
    'Try:',
  ];
  const body = paragraphs.map((html) => `<p>${html}</p>`).join('\n');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Calute</title>
<style>
  :root { color-scheme: light dark }
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 48rem; margin: 3rem auto; padding: 0 1rem }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; padding: 1rem; border: 1px solid; border-radius: .3rem }
</style>
<h1>Calute</h1>
${body}
<pre>${escapeHtml(exampleCommand(welcome))}</pre>
<p>The models: <code>GET /v1/models</code>. Whether it is well: <a href="/health"><code>GET /health</code></a>.</p>
</html>
`;
}

function exampleCommand({ origin, agents, needsKey }: Welcome): string {
  const model = agents.find((id) => id === 'echo') ?? agents[0] ?? 'MODEL';
  const key = needsKey ? ` -H "authorization: Bearer $CALUTE_API_KEY"` : '';
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }] });
  return `curl ${origin}/v1/chat/completions${key} -H 'content-type: application/json' -d '${body}'`;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}

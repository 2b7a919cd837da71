import type { RoleFacts } from './spawn-role.ts';

/** A command for the shell that asks an agent which is there, in lines to print; none when there is no agent. */
export function exampleRequest({ url, needsKey, agents }: RoleFacts, env: NodeJS.ProcessEnv): string[] {
  // Any other may need a key of its provider, or a budget.
  const model = agents.find((agent) => agent === 'echo') ?? agents[0];
  if (model === undefined || url === undefined) return [];
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }] });
  const key = needsKey ? ` -H "authorization: Bearer $CALUTE_API_KEY"` : '';
  const command = `curl ${reachableUrl(url)}/v1/chat/completions${key} -H 'content-type: application/json' -d '${body}'`;
  return [...(needsKey ? [keyHint(env)] : []), `try: ${command}`];
}

/** The key that it was started with is no variable of the shell that asks. */
function keyHint(env: NodeJS.ProcessEnv): string {
  return env['CALUTE_API_KEY']
    ? 'requests need a key: the value of CALUTE_API_KEY'
    : 'requests need a key: export CALUTE_API_KEY=$(npm run -s keys -- create --name NAME)';
}

/** An address that can be asked: all addresses include loopback. */
export function reachableUrl(url: string): string {
  return url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
}

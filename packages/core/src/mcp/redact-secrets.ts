import type { ToolServerAddress } from '../agent/tool-server.ts';

/** Shorter values are settings such as `info` or `1`, and taking them out would spoil every line. */
const minSecretLength = 8;

/** Takes out of a text whatever the agent file gave to reach the server: values of headers and variables, the URL's path. */
export function createRedactSecrets(address: ToolServerAddress): (text: string) => string {
  const secrets = givenValues(address)
    .filter((value) => value.length >= minSecretLength)
    .toSorted((a, b) => b.length - a.length);
  return (text) => secrets.reduce((rest, secret) => rest.replaceAll(secret, '[removed]'), text);
}

function givenValues(address: ToolServerAddress): string[] {
  if ('command' in address) return Object.values(address.env ?? {});
  const { href, pathname, search } = new URL(address.url);
  // Without its scheme too: `Bearer KEY` is also known as `KEY`.
  const values = Object.values(address.headers ?? {}).flatMap((value) => [value, ...value.split(' ')]);
  return [...values, href, pathname, search];
}

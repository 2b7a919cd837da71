/** Which upstream an error came from. */
export interface Upstream {
  readonly host: string;
  /** Cut out of every message that the upstream sends. */
  readonly apiKey: string | undefined;
}

/** `text` without the key, in case an upstream repeats it. */
export function redact(text: string, { apiKey }: Upstream): string {
  return apiKey === undefined || apiKey === '' ? text : text.replaceAll(apiKey, '[redacted]');
}

import { createHmac, randomBytes } from 'node:crypto';
import { z } from 'zod';

/** What is told, as OpenAI's webhooks say it. */
export interface WebhookEvent {
  readonly id: string;
  readonly object: 'event';
  readonly created_at: number;
  readonly type: string;
  readonly data: { readonly id: string };
}

const fewestSecretBytes = 24;
const mostSecretBytes = 64;

/** Standard Webhooks: `whsec_`, and 24 to 64 bytes in base64. */
export const webhookSecretSchema = z
  .string()
  .refine(
    (secret) => isSecret(secret),
    `expected "whsec_" and ${fewestSecretBytes} to ${mostSecretBytes} bytes in base64`,
  );

function isSecret(secret: string): boolean {
  if (!/^whsec_[A-Za-z0-9+/]+={0,2}$/.test(secret)) return false;
  const { length } = decodeSecret(secret);
  return length >= fewestSecretBytes && length <= mostSecretBytes;
}

export function createWebhookSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

/** The headers of one try, the Standard Webhooks way: the time is that of the try, the id that of the event. */
export function signWebhook(
  { id, body }: { readonly id: string; readonly body: string },
  { secret, nowMs }: { readonly secret: string; readonly nowMs: number },
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(nowMs / 1000));
  const mac = createHmac('sha256', decodeSecret(secret))
    .update(`${id}.${timestamp}.${body}`)
    .digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${mac}` };
}

function decodeSecret(secret: string): Buffer {
  return Buffer.from(secret.slice('whsec_'.length), 'base64');
}

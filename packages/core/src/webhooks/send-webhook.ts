import { type ClientRequest, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { type GuardedAddress, guardAddress, type Resolve } from './guard-address.ts';
import { signWebhook, type WebhookEvent } from './webhook-event.ts';

export interface Webhook {
  readonly url: string;
  readonly secret: string;
}

export interface SendWebhookOptions {
  /** Whether addresses that are not public, and plain HTTP, are allowed. */
  readonly allowPrivate: boolean;
  readonly nowMs: number;
  readonly timeoutMs?: number;
  readonly resolve?: Resolve;
}

/** `refused`: its address is not one to send to. */
export type SendOutcome =
  | { readonly outcome: 'delivered' }
  | { readonly outcome: 'failed' | 'refused'; readonly reason: string };

const defaultTimeoutMs = 10_000;

/** Tells a receiver once of an event, which any 2xx acknowledges. Redirects are not followed. Never throws. */
export async function sendWebhook(
  { url, secret }: Webhook,
  event: WebhookEvent,
  { allowPrivate, nowMs, timeoutMs = defaultTimeoutMs, resolve }: SendWebhookOptions,
): Promise<SendOutcome> {
  const fault = findUrlFault(url, allowPrivate);
  if (fault !== undefined) return { outcome: 'refused', reason: fault };
  const target = new URL(url);
  const guarded = await guardAddress(target.hostname, { allowPrivate, resolve });
  if (guarded.outcome === 'refused') return guarded;
  const body = JSON.stringify(event);
  const headers = {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'user-agent': 'calute-webhooks',
    ...signWebhook({ id: event.id, body }, { secret, nowMs }),
  };
  try {
    const status = await post(target, { body, headers, guarded, signal: AbortSignal.timeout(timeoutMs) });
    if (status >= 200 && status < 300) return { outcome: 'delivered' };
    return { outcome: 'failed', reason: `it answered ${status}` };
  } catch (error) {
    return { outcome: 'failed', reason: error instanceof Error ? error.message : String(error) };
  }
}

/** What is wrong with the URL of a webhook, as far as that shows without a look-up. */
export function findUrlFault(url: string, allowPrivate: boolean): string | undefined {
  if (!URL.canParse(url)) return 'it is no URL';
  const { protocol, username, password } = new URL(url);
  if (username !== '' || password !== '') return 'it has a user name or a password in it';
  if (protocol === 'https:' || (allowPrivate && protocol === 'http:')) return undefined;
  return 'it does not begin with https://';
}

interface Post {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly guarded: Extract<GuardedAddress, { outcome: 'allowed' }>;
  readonly signal: AbortSignal;
}

function post(target: URL, { body, headers, guarded, signal }: Post): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const { address, family } = guarded;
  const send = target.protocol === 'https:' ? requestHttps : requestHttp;
  const request: ClientRequest = send(target, {
    method: 'POST',
    headers,
    signal,
    agent: false,
    // The name is not looked up again: it might lead elsewhere by now.
    lookup: (_host, options, found) => {
      if (options.all) found(null, [{ address, family }]);
      else found(null, address, family);
    },
  });
  request.on('error', reject);
  request.on('response', (response) => {
    resolve(response.statusCode ?? 0);
    // What it says beside its status is of no interest.
    response.destroy();
  });
  request.end(body);
  return promise;
}

import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

/** `sk-calute-` and 256 random bits in base64url. Shown once; only its hash is kept. */
export function createSecret(): string {
  return `sk-calute-${randomBytes(32).toString('base64url')}`;
}

/** Whether it can be a secret of ours at all: what cannot needs no look into the store. */
export function isSecret(text: string): boolean {
  return /^sk-calute-[\w-]{43}$/.test(text);
}

/** SHA-256 in hex. Enough for 256 random bits; a password hash would only slow each request down. */
export function hashSecret(secret: string): string {
  return hash('sha256', secret, 'hex');
}

/** Compares two hashes in constant time. */
export function isSameHash(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a, 'hex'), Buffer.from(b, 'hex')];
  return left.length === right.length && timingSafeEqual(left, right);
}

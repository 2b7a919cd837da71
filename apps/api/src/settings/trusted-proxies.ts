import { isIP } from 'node:net';
import { z } from 'zod';

const expected =
  'expected how many proxies stand in front, or their addresses: 10.0.0.0/8, loopback, linklocal, uniquelocal';
const names = new Set(['loopback', 'linklocal', 'uniquelocal']);
const mostHops = 32;

/** Reads `TRUST_PROXY` as Express's `trust proxy`. Unset: nobody's. All proxies, `true`, would let each client choose its address. */
export const trustedProxies = z
  .string()
  .transform(readProxies)
  .refine((proxies) => (Array.isArray(proxies) ? proxies.every(isProxy) : proxies <= mostHops), expected)
  .default(0);

function readProxies(text: string): number | string[] {
  if (/^\d+$/.test(text)) return Number(text);
  return text.split(',').map((proxy) => proxy.trim());
}

function isProxy(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  if (names.has(text)) return true;
  const mostBits = isIP(address) === 4 ? 32 : 128;
  const isSubnet = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= mostBits);
  return isIP(address) !== 0 && isSubnet && more.length === 0;
}

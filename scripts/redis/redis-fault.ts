import type { RedisAddress } from '@calute/core/redis/redis-address';

type RedisFaultAddress = Pick<RedisAddress, 'at' | 'isTls' | 'username'>;

/** What is wrong with the Redis at this URL, and what to do, in one sentence without the password. */
export function redisFault({ at: host, isTls, username }: RedisFaultAddress, error: unknown): string {
  const at = `The Redis at ${host}`;
  const reply = errorText(error).split(' ', 1)[0] ?? '';
  switch (reply) {
    case 'WRONGPASS':
      return `${at} refuses the ${username === '' ? 'password' : 'user or password'} in REDIS_URL: correct it (special characters percent-encoded).`;
    case 'NOAUTH':
      return `${at} wants a password: give it as REDIS_URL=redis://:PASSWORD@${host}.`;
    case 'NOPERM':
      return `${at} does not let the user of REDIS_URL run what Calute needs: give that user the rights in deploy/redis/users.acl.`;
    default:
      return connectionFault(at, isTls, error);
  }
}

const certificateFaults = /CERT|SIGNATURE|ERR_TLS_CERT_ALTNAME/;
const tlsFaults = new Set([
  'EPROTO',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ECONNRESET',
]);

const hangUps = new Set(['ECONNRESET', 'EPIPE']);

function connectionFault(at: string, isTls: boolean, error: unknown): string {
  const code = errorCode(error);
  if (code === 'ECONNREFUSED')
    return `${at} cannot be reached: nothing listens there; start it or correct REDIS_URL.`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return `${at} cannot be reached: the host name is not known; correct REDIS_URL.`;
  if (certificateFaults.test(code)) {
    return `${at} shows a TLS certificate that is not trusted (${code}): give its authority in REDIS_CA_FILE.`;
  }
  if (isTls && tlsFaults.has(code)) {
    return `${at} does not speak TLS: use redis:// in REDIS_URL instead of rediss://.`;
  }
  if (!isTls && hangUps.has(code)) {
    return `${at} hangs up on a connection without TLS: use rediss:// in REDIS_URL, or check host and port.`;
  }
  if (isTls && code === '') {
    return `${at} gives no answer to TLS: use redis:// in REDIS_URL if it does not speak it, or check host, port and firewall.`;
  }
  return `${at} cannot be reached (${code || 'no answer'}): check host, port and firewall in REDIS_URL.`;
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

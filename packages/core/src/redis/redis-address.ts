import { readFileSync } from 'node:fs';
import type { RedisOptions } from 'ioredis';
import { StartError } from '../process/start-error.ts';

/** What a URL of Redis says, without its password. */
export interface RedisAddress {
  /** Hosts and ports, for messages. */
  readonly at: string;
  readonly hosts: readonly string[];
  readonly isTls: boolean;
  readonly username: string;
  readonly hasPassword: boolean;
  /** Set when it is a Cluster: nodes that know the others. */
  readonly nodes?: readonly Server[];
  /** What to give ioredis; of a Cluster, for each node. */
  readonly options: Omit<RedisOptions, 'replyMapping'>;
}

const form =
  'The Redis URL must look like redis://host:6379, rediss://user:password@host:6379, redis-sentinel://host:26379,host:26379/name or redis-cluster://host:6379,host:6379';
const pattern =
  /^(?<scheme>redis|rediss)(?<kind>-sentinel|-cluster)?:\/\/(?:(?<user>[^:@/]*)(?::(?<password>[^@/]*))?@)?(?<hosts>[^@/?]+)(?<path>\/[^?]*)?(?:\?(?<query>.*))?$/;
const hostPattern = /^(?<host>\[[0-9a-fA-F:.]+\]|[\w.-]+)(?::(?<port>\d{1,5}))?$/;

/**
 * Reads a URL of one Redis, of Sentinels that know it, or of nodes of a Cluster; `caFile` has the certificates to trust instead of the system's. Throws
 * StartError without repeating the URL, which may hold a password.
 */
export function readRedisAddress(url: string, caFile?: string): RedisAddress {
  const parts = pattern.exec(url)?.groups;
  if (!parts) throw new StartError(`${form}.`);
  const { scheme, kind, user = '', password, hosts: list = '', path = '', query = '' } = parts;
  const isTls = scheme === 'rediss';
  if (caFile !== undefined && !isTls)
    throw new StartError('REDIS_CA_FILE is for TLS: use rediss:// in REDIS_URL.');
  const servers = list.split(',').map((text) => readHost(text, kind === '-sentinel' ? 26_379 : 6379));
  const account = {
    ...(user === '' ? {} : { username: decode(user) }),
    ...(password === undefined ? {} : { password: decode(password) }),
    ...readParameters(query),
  };
  const tls = isTls ? { tls: caFile === undefined ? {} : { ca: readCertificates(caFile) } } : {};
  const place = placeOf(kind)(servers, path, tls);
  const hasPassword = account.password !== undefined && account.password !== '';
  const hosts = servers.map(({ host }) => host);
  return {
    at: list,
    hosts,
    isTls,
    username: account.username ?? '',
    hasPassword,
    ...(kind === '-cluster' ? { nodes: servers } : {}),
    options: { ...account, ...place },
  };
}

export interface Server {
  readonly host: string;
  readonly port: number;
}

interface Tls {
  readonly tls?: { readonly ca?: string };
}

function placeOf(kind: string | undefined) {
  if (kind === undefined) return oneServer;
  return kind === '-sentinel' ? behindSentinels : manyNodes;
}

/** A Cluster has one database. */
function manyNodes(_: readonly Server[], path: string, tls: Tls) {
  if (path !== '' && path !== '/') throw new StartError(`${form}: a Cluster has no numbered databases.`);
  return tls;
}

function oneServer(servers: readonly Server[], path: string, tls: Tls) {
  const [server, ...others] = servers;
  if (server === undefined || others.length > 0) {
    throw new StartError(`${form}: several hosts belong to redis-sentinel:// or redis-cluster://.`);
  }
  return { ...server, db: readDatabase(path.slice(1)), ...tls };
}

/** `/name` or `/name/database`. */
function behindSentinels(servers: readonly Server[], path: string, { tls }: Tls) {
  const [, name = '', database = '', ...rest] = path.split('/');
  if (name === '' || rest.length > 0) {
    throw new StartError(`${form}: the name is the one under which the Sentinels know the primary.`);
  }
  const secured = tls && { tls, sentinelTLS: tls, enableTLSForSentinelMode: true };
  return { sentinels: [...servers], name: decode(name), db: readDatabase(database), ...secured };
}

function readHost(text: string, defaultPort: number): Server {
  const { host, port } = hostPattern.exec(text)?.groups ?? {};
  if (host === undefined || Number(port) > 65_535) throw new StartError(`${form}.`);
  return { host: host.replace(/^\[|\]$/g, ''), port: port === undefined ? defaultPort : Number(port) };
}

function readDatabase(text: string): number {
  if (!/^\d{0,4}$/.test(text))
    throw new StartError(`${form}: behind the last / stands the number of a database.`);
  return Number(text);
}

/** Sentinels have users of their own. */
function readParameters(query: string): { sentinelUsername?: string; sentinelPassword?: string } {
  const read: { sentinelUsername?: string; sentinelPassword?: string } = {};
  for (const [name, value] of new URLSearchParams(query)) {
    if (name !== 'sentinelUsername' && name !== 'sentinelPassword') {
      throw new StartError(`${form}: the only parameters are sentinelUsername and sentinelPassword.`);
    }
    read[name] = value;
  }
  return read;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new StartError(`${form}: special characters are percent-encoded.`);
  }
}

function readCertificates(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? ` (${error.code})` : '';
    throw new StartError(`REDIS_CA_FILE cannot be read${reason}.`);
  }
}

export interface RedisArguments {
  readonly port: number;
  /** @defaultValue 127.0.0.1 */
  readonly bind?: string;
  /** Where the data lies. */
  readonly dir?: string;
  /** Whether writes survive a crash. @defaultValue true */
  readonly aof?: boolean;
  /**
   * When the file is synced. `everysec` lets a slow disk hold up to 2 s of answered writes back in the process, `no` never does.
   * @defaultValue everysec
   */
  readonly fsync?: 'everysec' | 'no';
  /** As Redis takes it: `32mb`. @defaultValue no limit */
  readonly maxmemory?: string;
}

/** The command line of a Redis that may hold runs: what it has accepted is neither evicted nor lost with the process. */
export function redisArguments({
  port,
  bind,
  dir,
  aof,
  fsync = 'everysec',
  maxmemory,
}: RedisArguments): string[] {
  return [
    ...['--port', String(port)],
    ...['--bind', bind ?? '127.0.0.1'],
    ...(dir === undefined ? [] : ['--dir', dir]),
    ...['--appendonly', aof === false ? 'no' : 'yes'],
    ...['--appendfsync', fsync],
    ...['--save', ''],
    ...['--maxmemory-policy', 'noeviction'],
    ...(maxmemory === undefined ? [] : ['--maxmemory', maxmemory]),
    // Each run has a log of its own, most of them short, and a stream takes this much with its first entry.
    ...['--stream-node-max-bytes', '1024'],
    // A subscriber that reads slower than this is cut rather than let to fill the memory; it then reads the log.
    ...['--client-output-buffer-limit', 'pubsub 64mb 32mb 60'],
  ];
}

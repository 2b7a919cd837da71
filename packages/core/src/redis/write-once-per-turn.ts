import type { Redis } from 'ioredis';

/**
 * Sends what a connection is given within one turn of the event loop in one write, in its order: a process that serves
 * many runs at once gives several commands a turn, and each write is a system call here and one in Redis. Commands leave
 * after the turn's I/O, so one that is alone waits for nothing.
 */
export function writeOncePerTurn(redis: Redis): void {
  redis.on('connect', () => {
    const { stream } = redis;
    const write = stream.write;
    let corked = false;
    const uncork = () => {
      corked = false;
      stream.uncork();
    };
    const writeCorked = (...args: unknown[]): boolean => {
      if (!corked) {
        corked = true;
        stream.cork();
        setImmediate(uncork);
      }
      return Reflect.apply(write, stream, args);
    };
    Object.assign(stream, { write: writeCorked });
  });
}

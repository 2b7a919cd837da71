/** Redis cannot be had; the message is one sentence that says what to do. */
export class RedisFailure extends Error {
  override readonly name = 'RedisFailure';
}

-- KEYS: run
return redis.call('HDEL', KEYS[1], 'provisional')

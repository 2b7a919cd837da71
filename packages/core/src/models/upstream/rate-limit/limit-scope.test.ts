import { expect, test } from 'vitest';
import { readUpstreamFault } from '../upstream-error-body.ts';
import { readLimitScope } from './limit-scope.ts';

const quota = (quotaId: string, quotaDimensions?: object) => ({
  error: {
    code: 429,
    message: 'Quota exceeded',
    details: [
      { '@type': 'type.googleapis.com/google.rpc.QuotaFailure', violations: [{ quotaId, quotaDimensions }] },
    ],
  },
});

test.each([
  [{}, {}, 'model'],
  [{ 'x-ratelimit-scope': 'model' }, {}, 'model'],
  [{ 'x-ratelimit-scope': 'Organization' }, {}, 'provider'],
  [{ 'x-ratelimit-global': 'true' }, {}, 'provider'],
  [{}, { error: { code: 'AccountRateLimitExceeded' } }, 'provider'],
  [{}, { error: { code: 'ModelAccountRpmRateLimitExceeded' } }, 'model'],
  [{}, { error: { type: 'rate_limit_reached_error' } }, 'provider'],
  [{}, quota('GenerateRequestsPerDayPerProjectPerModel-FreeTier', { model: 'm' }), 'model'],
  [{}, quota('GenerateRequestsPerMinutePerProject', { location: 'global' }), 'provider'],
  [{}, quota('GenerateRequestsPerMinutePerProject', { model: 'm' }), 'model'],
  [{}, { error: { details: [{ violations: 'many' }] } }, 'model'],
])('%j with %j is about the %3$s', (headers, body, scope) => {
  expect(readLimitScope(headers, readUpstreamFault(JSON.stringify(body)))).toBe(scope);
});

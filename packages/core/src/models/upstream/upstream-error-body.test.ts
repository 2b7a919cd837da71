import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findFaultStatus, refineStatus } from './fault-status.ts';
import { toInBandError } from './in-band-error.ts';
import { readInBandFault, readUpstreamFault } from './upstream-error-body.ts';

const upstream = { host: 'up', apiKey: 'sk-secret' };
const fields = { message: 'too long', type: 'invalid_request_error', code: 'context_length_exceeded' };
/** What servers put an error into. */
const envelopes: readonly ((error: unknown) => unknown)[] = [
  (error) => error,
  (error) => ({ error }),
  (error) => ({ type: 'error', error, request_id: 'r' }),
  (error) => [{ error }],
  (error) => ({ errors: [error], success: false }),
  (error) => ({ detail: error }),
  (error) => ({ error: { error } }),
  (error) => ({ message: error }),
  (error) => ({ error: { message: JSON.stringify({ error }) } }),
  (error) => ({ error: JSON.stringify(error) }),
  (error) => ({ choices: [], error }),
];

test('an error says the same in whatever it is wrapped', () => {
  const property = fc.property(
    fc.array(fc.constantFrom(...envelopes), { maxLength: 2 }),
    fc.string({ minLength: 1 }).filter((text) => /^\w+$/.test(text)),
    (wraps, message) => {
      const body = wraps.reduce((inner, wrap) => wrap(inner), { ...fields, message } as unknown);
      expect(readUpstreamFault(JSON.stringify(body))).toMatchObject({ ...fields, message });
    },
  );
  fc.assert(property);
});

describe('the words of an error', () => {
  test.each([
    [{ error: 'model not found' }, 'model not found'],
    [{ detail: 'bad field' }, 'bad field'],
    [
      {
        detail: [
          { loc: ['body', 'n'], msg: 'too large', type: 'x' },
          { loc: ['body', 'm'], msg: 'missing' },
        ],
      },
      'body.n: too large; body.m: missing',
    ],
    [
      {
        object: 'error',
        message: {
          detail: [{ type: 'extra_forbidden', loc: ['body', 'stream_options'], msg: 'Not permitted' }],
        },
      },
      'body.stream_options: Not permitted',
    ],
    [{ status: 404, error: 'Not Found', message: 'No route', path: '/x' }, 'No route: Not Found'],
    [{ error_code: 17, error_msg: 'daily limit' }, 'daily limit'],
    [{ base_resp: { status_code: 1004, status_msg: 'no balance' } }, 'no balance'],
    [{ title: 'Bad Gateway', status: 502 }, 'Bad Gateway'],
    [{ Message: 'Too many tokens', __type: 'ThrottlingException' }, 'Too many tokens'],
    [{ fault: { faultstring: 'Quota violation' } }, 'Quota violation'],
    [
      {
        error: {
          message: 'Provider returned error',
          code: 429,
          metadata: { raw: '{"error":{"message":"slow down"}}' },
        },
      },
      'Provider returned error: slow down',
    ],
    [
      { error: { message: 'Provider returned error', metadata: { raw: 'busy' } } },
      'Provider returned error: busy',
    ],
  ])('of %j are %j', (body, message) => {
    expect(readInBandFault(body).message).toBe(message);
  });

  test.each([
    ['upstream request timeout\n', 'upstream request timeout'],
    ['<html><head><title>502 Bad  Gateway</title></head><body>…', '502 Bad Gateway'],
    ['<!doctype html><p>x', undefined],
    ['', undefined],
    [undefined, undefined],
    ['{"foo":"bar"}', '{"foo":"bar"}'],
    ['{"error":', '{"error":'],
    ['x'.repeat(5000), 'x'.repeat(2000)],
  ])('of the body %j are %j', (body, message) => {
    expect(readUpstreamFault(body).message).toBe(message);
  });

  test('are found in no chunk of an answer', () => {
    expect(
      readInBandFault({ id: 'x', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [] })
        .message,
    ).toBe(undefined);
  });

  test('may be anything without breaking the reader', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const error = toInBandError(value, upstream);
        expect(error.message).toMatch(/./);
        readUpstreamFault(JSON.stringify(value));
      }),
    );
  });
});

describe('an error within an answer', () => {
  test.each([
    [{ error: { message: 'm', code: 400, type: 'BadRequestError' } }, 'invalid_request', false],
    [{ error: { message: 'm', code: 'context_length_exceeded' } }, 'context_length_exceeded', false],
    [{ error: { message: 'm', code: 400, param: 'input_tokens' } }, 'context_length_exceeded', false],
    [{ error: { message: 'm', code: 429 } }, 'rate_limit_exceeded', true],
    [{ error: { message: 'm', code: '429' } }, 'rate_limit_exceeded', true],
    [{ error: { message: 'm', type: 'rate_limit_error' } }, 'rate_limit_exceeded', true],
    [{ error: { message: 'm', status: 'RESOURCE_EXHAUSTED' } }, 'rate_limit_exceeded', true],
    [{ __type: 'ThrottlingException', message: 'm' }, 'rate_limit_exceeded', true],
    [
      { error: { message: 'm', code: 'insufficient_quota', type: 'insufficient_quota' } },
      'insufficient_quota',
      false,
    ],
    [{ error: { message: 'm', type: 'exceeded_current_quota_error' } }, 'insufficient_quota', false],
    [{ type: 'error', error: { type: 'overloaded_error', message: 'm' } }, 'server_is_overloaded', true],
    [
      { error: { message: 'm', code: 'server_is_overloaded', type: 'service_unavailable_error' } },
      'server_is_overloaded',
      true,
    ],
    [{ error: { message: 'm', code: 529 } }, 'server_is_overloaded', true],
    [{ error: { message: 'm', status: 'UNAVAILABLE', code: 503 } }, 'server_is_overloaded', true],
    [{ error: { message: 'm', code: 401 } }, 'upstream_unauthorized', false],
    [{ error: { message: 'm', type: 'timeout_error' } }, 'upstream_timeout', true],
    [{ message: 'm', type: 'InternalServerError', code: 500 }, 'upstream_error', true],
    [{ error: { message: 'm', code: 502 } }, 'upstream_error', true],
    [{ error: 'GPU on fire' }, 'upstream_error', true],
    [{ error: { foo: 1 } }, 'upstream_error', true],
  ])('%j is %s', (value, code, retryable) => {
    expect(toInBandError(value, upstream)).toMatchObject({ code, retryable });
  });

  test('keeps the key out of its words, and says what came when it has none', () => {
    expect(toInBandError({ error: 'bad sk-secret' }, upstream).message).toContain('bad [redacted]');
    expect(toInBandError({ error: { foo: 1 } }, upstream).message).toContain('{"error":{"foo":1}}');
  });
});

describe('a status', () => {
  test.each([
    [500, { code: '429', status: 429 }, 429],
    [500, { type: 'overloaded_error' }, 503],
    [502, { type: 'invalid_request_error' }, 400],
    [503, { type: 'invalid_request_error' }, 503],
    [400, { type: 'rate_limit_error' }, 429],
    [400, { type: 'authentication_error' }, 400],
    [404, { status: 404 }, 404],
    [429, {}, 429],
    [200, { status: 403 }, 403],
  ])('of %i with %j is %i', (status, fault, refined) => {
    expect(refineStatus(status, fault)).toBe(refined);
  });

  test.each([{}, { code: '17' }, { type: 'error' }, { code: 'constructor' }])(
    'is not found in %j',
    (fault) => {
      expect(findFaultStatus(fault)).toBe(undefined);
    },
  );
});

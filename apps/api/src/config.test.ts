import { readEnvironment } from '@calute/core/process/read-environment';
import { describe, expect, test } from 'vitest';
import { apiEnvironmentSchema } from './config.ts';

function read(environment: Record<string, string>) {
  return readEnvironment(apiEnvironmentSchema, { REDIS_URL: 'redis://localhost', ...environment });
}

describe('CORS_ORIGINS', () => {
  test.each([
    ['', []],
    ['*', ['*']],
    ['https://app.example, http://localhost:5173', ['https://app.example', 'http://localhost:5173']],
  ])('%j is read', (text, origins) => {
    expect(read({ CORS_ORIGINS: text }).CORS_ORIGINS).toEqual(origins);
  });

  test.each([
    'app.example',
    'https://app.example/',
    'https://App.example',
    'https://a.example,',
    'null',
    'file://',
  ])('%j is refused by name', (text) => {
    expect(() => read({ CORS_ORIGINS: text })).toThrow(/CORS_ORIGINS \(expected origins like https:/);
  });
});

describe('TRUST_PROXY', () => {
  test.each([
    ['', 0],
    ['1', 1],
    ['loopback', ['loopback']],
    ['10.0.0.0/8, 192.168.1.1,fd00::/8', ['10.0.0.0/8', '192.168.1.1', 'fd00::/8']],
  ])('%j is read', (text, proxies) => {
    expect(read({ TRUST_PROXY: text }).TRUST_PROXY).toEqual(proxies);
  });

  test.each(['true', '99', '10.0.0.0/33', '10.0.0.0/8/8', 'proxy.internal', '1.2.3.4,'])(
    '%j is refused by name',
    (text) => {
      expect(() => read({ TRUST_PROXY: text })).toThrow(/TRUST_PROXY \(expected how many proxies/);
    },
  );
});

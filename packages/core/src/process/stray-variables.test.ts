import { expect, test } from 'vitest';
import { describeStray, findStrayVariables } from './stray-variables.ts';

test.each([
  ['CALUTE_AGENT', 'CALUTE_AGENTS'],
  ['CALUTE_APIKEY', 'CALUTE_API_KEY'],
  ['calute_prefix', 'CALUTE_PREFIX'],
  ['CALUTE_RELAOD', 'CALUTE_RELOAD'],
  ['CALUTE_MAXWORKERS', 'CALUTE_MAX_WORKERS'],
  ['CALUTE_REDIS_URL', 'REDIS_URL'],
  ['CALUTE_PORT', 'PORT'],
])('%s is a fault that names %s', (name, meant) => {
  expect(findStrayVariables({ [name]: 'x' })).toEqual([{ name, meant, kind: 'fault' }]);
});

test('a name of ours that is like no other is a warning that lists them', () => {
  const [stray] = findStrayVariables({ CALUTE_COLOUR: 'red' });
  expect(stray).toEqual({ name: 'CALUTE_COLOUR', meant: undefined, kind: 'warning' });
  expect(stray && describeStray(stray)).toMatch(/^CALUTE_COLOUR \(unknown; .*CALUTE_AGENTS, CALUTE_API_KEY/);
});

test.each([
  ['OPENAI_APIKEY', 'OPENAI_API_KEY'],
  ['OPENAI_BASE_URLS', 'OPENAI_BASE_URL'],
  ['WORKER_CONCURENCY', 'WORKER_CONCURRENCY'],
  ['REDISURL', 'REDIS_URL'],
])('%s, which others may read, is a warning that names %s', (name, meant) => {
  expect(findStrayVariables({ [name]: 'x' })).toEqual([{ name, meant, kind: 'warning' }]);
});

test('a further variable beside the one that is read is no slip', () => {
  expect(findStrayVariables({ OPENAI_API_KEY: 'x', OPENAI_API_KEY2: 'x' })).toEqual([]);
  expect(findStrayVariables({ CALUTE_API_KEY: 'x', CALUTE_API_KEY2: 'x' })).toMatchObject([
    { name: 'CALUTE_API_KEY2', kind: 'warning' },
  ]);
});

test('what is unset, read, of the tests, of Kubernetes or like nothing is left alone', () => {
  const environment = {
    CALUTE_AGENT: '',
    CALUTE_AGENTS: 'x',
    CALUTE_TEST_REDIS_URL: 'x',
    CALUTE_SERVICE_HOST: '10.0.0.1',
    CALUTE_SERVICE_PORT_HTTP: '80',
    CALUTE_PORT: 'tcp://10.0.0.1:80',
    CALUTE_PORT_80_TCP_ADDR: '10.0.0.1',
    HOSTNAME: 'x',
    HOSTS: 'x',
    POST: 'x',
    PATH: 'x',
  };
  expect(findStrayVariables(environment)).toEqual([]);
});

import { expect, test } from 'vitest';
import { createRedactSecrets } from './redact-secrets.ts';

test('values of headers, with and without their scheme, and the path of the URL are taken out', () => {
  const redact = createRedactSecrets({
    url: 'https://tools.example/s/path-secret/mcp?key=query-secret',
    headers: { authorization: 'Bearer header-secret', 'x-debug': '1' },
  });
  const text =
    'Bearer header-secret, header-secret, /s/path-secret/mcp, ?key=query-secret, 1 of tools.example';
  expect(redact(text)).toBe('[removed], [removed], [removed], [removed], 1 of tools.example');
});

test('values of variables are taken out, but not short ones', () => {
  const redact = createRedactSecrets({ command: 'x', env: { KEY: 'sk-12345678', LEVEL: 'info' } });
  expect(redact('info: sk-12345678')).toBe('info: [removed]');
});

import { expect, test } from 'vitest';
import { guardAddress } from './guard-address.ts';

const at = (...addresses: readonly string[]) => ({
  allowPrivate: false,
  resolve: async () => addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
});

test.each(['8.8.8.8', '2606:4700:4700::1111', '[2606:4700:4700::1111]'])('%s is public', async (host) => {
  expect(await guardAddress(host, at())).toMatchObject({ outcome: 'allowed' });
});

test.each([
  '127.0.0.1',
  '0.0.0.0',
  '10.1.2.3',
  '100.64.0.1',
  '169.254.169.254',
  '172.31.255.255',
  '192.168.1.1',
  '224.0.0.1',
  '255.255.255.255',
  '[::]',
  '[::1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:8.8.8.8]',
  '[64:ff9b::7f00:1]',
  '[2002:7f00:1::]',
  '[fc00::1]',
  '[fe80::1]',
  '[ff02::1]',
])('%s is not', async (host) => {
  expect(await guardAddress(host, at())).toMatchObject({ outcome: 'refused' });
});

test('a host is refused for one address of many, and given by the address that was looked at', async () => {
  expect(await guardAddress('a.example', at('8.8.8.8', '10.0.0.1'))).toMatchObject({ outcome: 'refused' });
  expect(await guardAddress('a.example', at('8.8.8.8', '1.1.1.1'))).toEqual({
    outcome: 'allowed',
    address: '8.8.8.8',
    family: 4,
  });
});

test('a host without an address, and one whose look-up fails, is refused', async () => {
  expect(await guardAddress('a.example', at())).toMatchObject({ outcome: 'refused' });
  const resolve = async () => {
    throw new Error('ENOTFOUND');
  };
  expect(await guardAddress('a.example', { allowPrivate: true, resolve })).toMatchObject({
    outcome: 'refused',
  });
});

test('whoever allows private addresses gets them', async () => {
  expect(await guardAddress('127.0.0.1', { allowPrivate: true })).toMatchObject({ address: '127.0.0.1' });
});

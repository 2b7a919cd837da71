import { expect, test } from 'vitest';
import { withAllowedTier } from './place-of.ts';

const chat = { model: 'writer', messages: [], service_tier: 'priority' } as const;
const response = { input: [], service_tier: 'priority' };

test('a key that may not ask for priority does not ask a provider for it either', () => {
  const auto = { service_tier: 'auto' };
  expect(withAllowedTier({ chat }, ['infer'])).toEqual({ chat: { ...chat, ...auto } });
  expect(withAllowedTier({ chat, response }, [])).toEqual({
    chat: { ...chat, ...auto },
    response: { ...response, ...auto },
  });
});

test('one that may does, and other tiers are for everyone', () => {
  const asked = { chat, response };
  expect(withAllowedTier(asked, ['infer', 'priority'])).toBe(asked);
  const flex = { chat: { ...chat, service_tier: 'flex' as const } };
  expect(withAllowedTier(flex, ['infer'])).toBe(flex);
});

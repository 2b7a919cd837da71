import { expect, test } from 'vitest';
import { limitTokens } from './limit-tokens.ts';

const say = (text: string, sampling: Parameters<typeof limitTokens>[1]) => {
  const { tokens, finishReason } = limitTokens(text, sampling);
  return [tokens.join(''), finishReason];
};

test('says length only when something is really cut', () => {
  expect(say('one two three', { maxTokens: 2 })).toEqual(['one two', 'length']);
  expect(say('one two three', { maxTokens: 3 })).toEqual(['one two three', 'stop']);
});

test('stops before the first stop sequence, also one that spans tokens', () => {
  expect(say('one two three', { stop: ['e t'] })).toEqual(['on', 'stop']);
  expect(say('one two three', { stop: ['three', 'two'] })).toEqual(['one ', 'stop']);
  expect(say('one two three', { stop: ['one'] })).toEqual(['', 'stop']);
});

test('takes whichever of token limit and stop sequence comes first', () => {
  expect(say('one two three', { maxTokens: 2, stop: ['three'] })).toEqual(['one two', 'length']);
  expect(say('one two three', { maxTokens: 2, stop: ['two'] })).toEqual(['one ', 'stop']);
  expect(say('one two three', { maxTokens: 2, stop: ['two t'] })).toEqual(['one two', 'length']);
});

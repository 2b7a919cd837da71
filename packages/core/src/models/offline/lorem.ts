import { createHash } from 'node:crypto';

// None longer than a token, so that as many words come out as tokens were asked for.
const words = (
  'lorem ipsum dolor sit amet elit sed do eiusmod tempor ut labore et dolore magna aliqua enim ad minim veniam quis ' +
  'nostrud ullamco laboris nisi aliquip ex ea commodo duis aute irure in velit esse cillum fugiat nulla pariatur sint ' +
  'occaecat non proident sunt culpa qui officia deserunt mollit anim id est laborum'
).split(' ');

/** `count` pseudo-random words; the same key gives the same words. */
export function loremWords(key: string, count: number): string {
  const random = mulberry32(createHash('sha256').update(key).digest().readUInt32LE(0));
  return Array.from({ length: count }, () => words[Math.floor(random() * words.length)]).join(' ');
}

/** A small generator of evenly spread numbers in [0, 1). Source: Tommy Ettinger's public-domain mulberry32. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A vector as servers send it: numbers, or base64 of float32. */
export type SentVector = string | readonly number[];

export function isVector(value: unknown): value is SentVector {
  if (typeof value === 'string') return value !== '';
  return Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'number');
}

/** Base64 of its float32 values, little endian, as OpenAI's clients read it. */
export function encodeVector(vector: SentVector): string {
  if (typeof vector === 'string') return vector;
  const bytes = Buffer.allocUnsafe(vector.length * 4);
  for (const [at, value] of vector.entries()) bytes.writeFloatLE(value, at * 4);
  return bytes.toString('base64');
}

/** The numbers of {@link encodeVector}. */
export function decodeVector(encoded: string): number[] {
  const bytes = Buffer.from(encoded, 'base64');
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, at) => bytes.readFloatLE(at * 4));
}

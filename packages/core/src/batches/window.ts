import { z } from 'zod';

const seconds = { s: 1, m: 60, h: 3600, d: 86_400 } as const;
const longestWindowS = 30 * 86_400;

/** `24h` as OpenAI has it, and any other time up to 30 days: `90m`, `7d`. */
export const completionWindowSchema = z
  .string()
  .regex(/^[1-9]\d{0,6}[smhd]$/, 'expected a time as "24h"')
  .refine((text) => windowSeconds(text) <= longestWindowS, 'expected 30d at most');

export function windowSeconds(text: string): number {
  const unit = text.at(-1);
  const each = unit === 's' || unit === 'm' || unit === 'h' || unit === 'd' ? seconds[unit] : 0;
  return Number(text.slice(0, -1)) * each;
}

const unitsMs: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 0.001,
  µs: 0.001,
  ns: 0.000_001,
};
const duration = /^(?:\d+(?:\.\d+)?(?:h|ms|m|s|us|µs|ns))+$/;
const part = /(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|ns)/g;

/** Reads a duration as Go writes it, `1h2m3.5s` or `20ms`; undefined for anything else. */
export function readDurationMs(text: string | undefined): number | undefined {
  if (text === undefined || !duration.test(text)) return undefined;
  return [...text.matchAll(part)].reduce(
    (sum, [, value, unit = '']) => sum + Number(value) * (unitsMs[unit] ?? 0),
    0,
  );
}

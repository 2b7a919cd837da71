import type { RunCost } from './measure-tokens.ts';

/** What a token costs in runs of one length. */
export interface TokenCost {
  readonly tokens: number;
  readonly cpuUsPerRun: number;
  readonly cpuUsPerToken: number;
  /** `cpuUsPerToken` as a multiple of that of the shortest runs. */
  readonly ofShortest: number;
  /** CPU time for each token more than the next shorter runs have; undefined for the shortest. */
  readonly marginalUs: number | undefined;
}

/**
 * By rising length, from runs of one model. A run has a cost of its own, so a token costs most in the shortest runs: flat means
 * that the marginal cost stays the same. Lengths that failed, or whose CPU time is not known, are left out.
 */
export function costPerToken(runs: readonly RunCost[]): readonly TokenCost[] {
  const measured = runs
    .flatMap(({ tokens, errors, cpuUs }) =>
      errors > 0 || cpuUs === undefined ? [] : [{ tokens, perRun: cpuUs.median }],
    )
    .sort((one, other) => one.tokens - other.tokens);
  const [shortest] = measured;
  if (shortest === undefined) return [];
  return measured.map(({ tokens, perRun }, index) => {
    const shorter = measured[index - 1];
    return {
      tokens,
      cpuUsPerRun: perRun,
      cpuUsPerToken: perRun / tokens,
      ofShortest: perRun / tokens / (shortest.perRun / shortest.tokens),
      marginalUs: shorter && (perRun - shorter.perRun) / (tokens - shorter.tokens),
    };
  });
}

/**
 * The marginal cost of a token in the longest runs as a multiple of that in runs up to `upTo` tokens; undefined with fewer than
 * three lengths.
 */
export function marginalGrowth(costs: readonly TokenCost[], upTo = 1024): number | undefined {
  const [shortest] = costs;
  const longest = costs.at(-1);
  const middle = costs.findLast(({ tokens }) => tokens <= upTo);
  if (!shortest || !middle || !longest || middle === shortest || longest === middle) return undefined;
  return slope(middle, longest) / slope(shortest, middle);
}

function slope(shorter: TokenCost, longer: TokenCost): number {
  return (longer.cpuUsPerRun - shorter.cpuUsPerRun) / (longer.tokens - shorter.tokens);
}

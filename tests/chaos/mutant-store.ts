import { createRedisRunStore } from '@calute/core/run-store/redis-run-store';
import { type RunStoreScript, readSources } from '@calute/core/run-store/scripts';
import { type Mutant, mutants } from './chaos-settings.ts';

interface Change {
  readonly script: RunStoreScript;
  readonly from: string;
  readonly to: string;
}

/** What each mutant has in place of a line of the product's Lua. */
const changes: Readonly<Record<Mutant, readonly Change[]>> = {
  // Any attempt may write, where the log stands: the order of arrival is all there is.
  'no-fence': [
    {
      script: 'append',
      from: "if record[1] ~= epoch then return record[3] and 'ended' or 'fenced' end",
      to: '',
    },
    { script: 'append', from: "if tonumber(seq) <= stored then return 'stored' end", to: 'seq = stored + 1' },
  ],
  // The API of this one follows live messages only; its log is whole.
  'pubsub-only': [],
  'double-end': [
    { script: 'append', from: "if record[3] then return 'ended' end", to: '' },
    {
      script: 'append',
      from: "if record[1] ~= epoch then return record[3] and 'ended' or 'fenced' end",
      to: '',
    },
    {
      script: 'end',
      from: "if record[3] then return record[3] == reason and 'ended' or 'already-ended' end",
      to: '',
    },
  ],
  // The next attempt does not learn that the client has been shown something.
  splice: [{ script: 'claim', from: "record[4] or ''", to: "''" }],
};

/** The run store with the change that CHAOS_MUTANT names. Throws when the line to be changed is not there any more. */
export function createMutantStore(
  env: Readonly<Record<string, string | undefined>>,
): typeof createRedisRunStore {
  const mutant = mutants.find((name) => name === env['CHAOS_MUTANT']);
  if (mutant === undefined) throw new Error(`Unknown CHAOS_MUTANT; known: ${mutants.join(', ')}`);
  const sources = { ...readSources() };
  for (const { script, from, to } of changes[mutant]) {
    if (!sources[script].includes(from)) throw new Error(`${script}.lua has no line "${from}" any more.`);
    sources[script] = sources[script].replace(from, () => to);
  }
  return (parts) => createRedisRunStore({ ...parts, sources });
}

import { asksForHelp } from '@calute/core/process/asks-for-help';

const help = `usage: npm run chaos [-- --baseline | --mutants | --cluster]

Runs real processes under seeded faults, and an oracle that says what clients lost; ends with 0 when that is nothing.

--baseline   plain pub/sub in place of the log: passes when the oracle notices what that loses
--cluster    on a Redis Cluster, which fails over and moves slots
--mutants    the suite against versions that are broken on purpose: each has to be noticed

Environment: DURATION_S (600) SEED (any) CHAOS_RATE (7 runs a second)`;

if (asksForHelp(process.argv.slice(2))) process.stdout.write(`${help}\n`);
// Scripts may not import tests; like the roles, the suite is started by its path.
else await import(new URL('../../tests/chaos/chaos-main.ts', import.meta.url).href);

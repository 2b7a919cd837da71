import { basename } from 'node:path';
import type { Agent } from '../agent.ts';

export interface LoadedAgent {
  readonly file: string;
  readonly agent: Agent;
}

export interface FileFault {
  readonly file: string;
  readonly fault: string;
}

/** What only shows when all files are known: ids given twice, and what agents and teams say of each other. */
export function findCrossFaults(loaded: readonly LoadedAgent[]): FileFault[] {
  const byId = new Map<string, LoadedAgent>();
  const faults: FileFault[] = [];
  for (const one of loaded) {
    const first = byId.get(one.agent.id);
    if (first === undefined) byId.set(one.agent.id, one);
    else
      faults.push({
        file: one.file,
        fault: `the id "${one.agent.id}" is already taken by ${basename(first.file)}`,
      });
  }
  const agents = new Map([...byId].map(([id, { agent }]) => [id, agent]));
  for (const { file, agent } of loaded) {
    const found = [...findNameFaults(agent, agents), ...findPriceFaults(agent, agents)];
    faults.push(...found.map((fault) => ({ file, fault })));
  }
  return [...faults, ...findDefaultFaults(loaded)];
}

type Agents = ReadonlyMap<string, Agent>;

/** Who is named has to be there, and no team: a team is no part of another conversation. */
function* findNameFaults({ handoffs, fallback, team }: Agent, agents: Agents): Generator<string> {
  const named = {
    handoffs,
    fallback: fallback.flatMap((one) => ('agent' in one ? [one.agent] : [])),
    members: team?.members.map(({ agent }) => agent) ?? [],
  };
  for (const [field, ids] of Object.entries(named)) {
    const unknown = ids.filter((id) => !agents.has(id));
    const known = [...agents.keys()].sort().join(', ');
    if (unknown.length > 0) yield `${field} to unknown agents: ${unknown.join(', ')}; known: ${known}`;
    const teams = ids.filter((id) => agents.get(id)?.team !== undefined);
    if (teams.length > 0) yield `${field} to teams: ${teams.join(', ')}; only agents can be named here`;
  }
}

/** What a team costs is known only where everybody has prices. */
function* findPriceFaults({ limits, team, ...lead }: Agent, agents: Agents): Generator<string> {
  if (team === undefined || limits.maxCostUsd === undefined) return;
  const everybody = [
    { id: lead.id, prices: lead.prices },
    ...team.members.map(({ agent }) => agents.get(agent)),
  ];
  const free = everybody.flatMap((one) => (one !== undefined && one.prices === undefined ? [one.id] : []));
  if (free.length === 0) return;
  yield `limits.maxCostUsd needs prices: { inputPerMillion, outputPerMillion } on the team and all members; without: ${free.join(', ')}`;
}

function findDefaultFaults(loaded: readonly LoadedAgent[]): FileFault[] {
  const [first, ...more] = loaded.filter(({ agent }) => agent.team?.isDefault === true);
  return more.map(({ file }) => ({
    file,
    fault: `only one team can be the default, and ${basename(first?.file ?? '')} is`,
  }));
}

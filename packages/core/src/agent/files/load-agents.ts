import { basename } from 'node:path';
import type { Agent } from '../agent.ts';
import { isAgent } from '../define-agent.ts';
import { parseModelName } from '../model-name.ts';
import { describeImportFault } from './describe-import-fault.ts';
import { createImportAfresh, type ImportAfresh } from './import-afresh.ts';
import { listAgentFiles } from './list-agent-files.ts';
import { resolveFromCalute } from './resolve-from-calute.ts';

type Loaded =
  | { readonly file: string; readonly agent: Agent }
  | { readonly file: string; readonly fault: string };

/**
 * Gives a function that imports every agent file of `folder`, which may lie anywhere on the disk, and returns the agents in
 * the order of their file names. Each call looks at the files as they are then. Throws one error that lists every bad
 * file with its reason. `providers` are those that the operator has named, beside Calute's own.
 */
export function createLoadAgents(
  folder: string,
  providers: readonly string[] = [],
): () => Promise<readonly Agent[]> {
  let importAfresh: ImportAfresh | undefined;
  let loads = 0;
  return async () => {
    const { root, files } = await listAgentFiles(folder);
    if (importAfresh === undefined) resolveFromCalute();
    importAfresh ??= createImportAfresh(root);
    loads += 1;
    const loaded: Loaded[] = [];
    for (const file of files)
      loaded.push(await loadFile(root, file, { importing: importAfresh(file, loads), providers }));
    const faults = [...loaded.flatMap((one) => ('fault' in one ? [one] : [])), ...findCrossFaults(loaded)];
    if (faults.length > 0) throw new Error(describe(folder, faults));
    return loaded.flatMap((one) => ('agent' in one ? [one.agent] : []));
  };
}

interface Loading {
  readonly importing: ReturnType<ImportAfresh>;
  readonly providers: readonly string[];
}

async function loadFile(root: string, file: string, { importing, providers }: Loading): Promise<Loaded> {
  try {
    const module = await importing;
    if (module.default === undefined)
      return { file, fault: 'it has no default export; export default defineAgent({...})' };
    if (!isAgent(module.default))
      return { file, fault: 'its default export is not made by defineAgent({...})' };
    const { model, context, fallback } = module.default;
    const names = [model, ...fallback.flatMap((one) => ('model' in one ? [one.model] : []))];
    if (context?.strategy === 'summarise') names.push(context.summaryModel ?? model);
    for (const name of names) parseModelName(name, providers);
    return { file, agent: module.default };
  } catch (error) {
    return { file, fault: describeImportFault(root, file, error) };
  }
}

/** What only shows when all files are known: ids given twice, handoffs and fallbacks to nobody. */
function findCrossFaults(loaded: readonly Loaded[]): { file: string; fault: string }[] {
  const fileOf = new Map<string, string>();
  const faults: { file: string; fault: string }[] = [];
  const good = loaded.flatMap((one) => ('agent' in one ? [one] : []));
  for (const { file, agent } of good) {
    const first = fileOf.get(agent.id);
    if (first === undefined) fileOf.set(agent.id, file);
    else faults.push({ file, fault: `the id "${agent.id}" is already taken by ${basename(first)}` });
  }
  for (const { file, agent } of good) {
    const known = [...fileOf.keys()].sort().join(', ');
    const { handoffs, fallback } = agent;
    const named = { handoffs, fallback: fallback.flatMap((one) => ('agent' in one ? [one.agent] : [])) };
    for (const [field, ids] of Object.entries(named)) {
      const unknown = ids.filter((id) => !fileOf.has(id));
      if (unknown.length > 0)
        faults.push({ file, fault: `${field} to unknown agents: ${unknown.join(', ')}; known: ${known}` });
    }
  }
  return faults;
}

function describe(folder: string, faults: readonly { file: string; fault: string }[]): string {
  const lines = faults.map(({ file, fault }) => `  ${basename(file)}: ${fault}`);
  return [`Cannot load the agents in ${folder}:`, ...lines].join('\n');
}

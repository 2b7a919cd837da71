import { basename } from 'node:path';
import type { Agent } from '../agent.ts';
import { parseModelName } from '../model-name.ts';
import { isAgent } from '../read-definition.ts';
import { addCortexModels } from './cortex-models.ts';
import { describeImportFault } from './describe-import-fault.ts';
import { type FileFault, findCrossFaults, type LoadedAgent } from './find-cross-faults.ts';
import { createImportAfresh, type ImportAfresh } from './import-afresh.ts';
import { listAgentFiles } from './list-agent-files.ts';
import { resolveFromCalute } from './resolve-from-calute.ts';

type Loaded = LoadedAgent | FileFault;

/**
 * Gives a function that imports every agent file of `folder`, which may lie anywhere on the disk, and returns the agents in
 * the order of their file names, and behind them the default team under its other names. Each call looks at the files as they are then. Throws one error that lists every bad
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
    const good = loaded.flatMap((one) => ('agent' in one ? [one] : []));
    const faults = [...loaded.flatMap((one) => ('fault' in one ? [one] : [])), ...findCrossFaults(good)];
    if (faults.length > 0) throw new Error(describe(folder, faults));
    return addCortexModels(good.map(({ agent }) => agent));
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
      return {
        file,
        fault: 'it has no default export; export default defineAgent({...}) or defineTeam({...})',
      };
    if (!isAgent(module.default))
      return { file, fault: 'its default export is not made by defineAgent({...}) or defineTeam({...})' };
    const { model, context, fallback } = module.default;
    const names = [model, ...fallback.flatMap((one) => ('model' in one ? [one.model] : []))];
    if (context?.strategy === 'summarise') names.push(context.summaryModel ?? model);
    for (const name of names) parseModelName(name, providers);
    return { file, agent: module.default };
  } catch (error) {
    return { file, fault: describeImportFault(root, file, error) };
  }
}

function describe(folder: string, faults: readonly FileFault[]): string {
  const lines = faults.map(({ file, fault }) => `  ${basename(file)}: ${fault}`);
  return [`Cannot load the agents in ${folder}:`, ...lines].join('\n');
}

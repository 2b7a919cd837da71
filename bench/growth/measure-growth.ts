import { measurePart } from '../ground/measure-part.ts';
import type { BenchGround } from '../ground/start-ground.ts';
import type { BenchSettings } from '../settings.ts';
import type { GrowthFigures } from './growth-results.ts';
import { growthSettingsOf } from './growth-settings.ts';
import { measureBacklog } from './measure-backlog.ts';
import { measureMemory } from './measure-memory.ts';
import { measureReplicas } from './measure-replicas.ts';
import { measureStarts } from './measure-starts.ts';
import { measureStore } from './measure-store.ts';
import { measureTokens } from './measure-tokens.ts';

/** How what Calute costs grows with the length of runs, with the backlog and with its processes; one part after the other. */
export async function measureGrowth(
  ground: BenchGround,
  mode: BenchSettings['mode'],
): Promise<GrowthFigures> {
  const settings = growthSettingsOf(mode);
  const part = <Figures>(title: string, measure: (own: BenchGround) => Promise<Figures>) =>
    measurePart(ground, title, measure);
  return {
    starts: await part('start-up', (own) => measureStarts(own, settings.starts)),
    tokens: await part('tokens per run', (own) => measureTokens(own, settings.tokens)),
    replicas: await part('replicas', (own) => measureReplicas(own, settings.replicas)),
    store: await part('a run at the store', (own) => measureStore(own, settings.store)),
    memory: await part('memory', (own) => measureMemory(own, settings.memory)),
    backlog: await part('backlog', (own) => measureBacklog(own, settings.backlog)),
  };
}

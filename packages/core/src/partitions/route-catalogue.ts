import type { RunId, TenantId } from '../ids.ts';
import { createRedisRunCatalogue } from '../run-store/catalogue/redis-run-catalogue.ts';
import type { RunCatalogue, RunList, RunPage } from '../run-store/catalogue/run-catalogue.ts';
import { askEach, itemAt } from './ask-each.ts';
import type { RoutePartitionsParts } from './route-conversations.ts';

/** The runs of all partitions to be found. */
export function routeCatalogue({ redis, partitions, partitioning }: RoutePartitionsParts): RunCatalogue {
  const { ofRun, ofTenant } = partitioning;
  const catalogues = partitions.map(({ keys }) => createRedisRunCatalogue(redis, keys));
  const [only, ...others] = catalogues;
  if (only && others.length === 0) return only;
  const of = (runId: RunId) => itemAt(catalogues, ofRun(runId));
  const ofOwner = (tenant: TenantId) => itemAt(catalogues, ofTenant(tenant));
  return {
    find: (items) =>
      askEach({ items, partitionOf: ofRun, ask: (at, runIds) => itemAt(catalogues, at).find(runIds) }),
    async list(page) {
      const tenant = page.kept?.tenant ?? page.filter.tenant;
      return tenant === undefined
        ? await listAll({ catalogues, partitionOf: ofRun }, page)
        : await ofOwner(tenant).list(page);
    },
    async touch(items) {
      const ask = async (at: number, runIds: readonly RunId[]) => {
        await itemAt(catalogues, at).touch(runIds);
        return runIds;
      };
      await askEach({ items, partitionOf: ofRun, ask });
    },
    describe: (runId, tenant, metadata) => of(runId).describe(runId, tenant, metadata),
    remove: (runId, tenant) => of(runId).remove(runId, tenant),
    ownerOf: (tenant, idempotencyKey) => ofOwner(tenant).ownerOf(tenant, idempotencyKey),
  };
}

/** A page over all tenants: what each partition would show, by the time of their making, then by partition. */
async function listAll(
  { catalogues, partitionOf }: { catalogues: readonly RunCatalogue[]; partitionOf(runId: RunId): number },
  { after, ...page }: RunPage,
): Promise<RunList | undefined> {
  const own = typeof after === 'string' ? partitionOf(after) : undefined;
  const last = typeof after === 'string' ? (await itemAt(catalogues, own ?? 0).find([after]))[0] : undefined;
  if (typeof after === 'string' && last === undefined) return undefined;
  const lists = await Promise.all(
    catalogues.map((catalogue, at) => {
      if (own === undefined || last === undefined) return catalogue.list(page);
      const { createdMs } = last;
      return catalogue.list({ ...page, after: at === own ? last.runId : { createdMs, withEqual: at < own } });
    }),
  );
  const found = lists.flatMap((list) => list?.runs ?? []);
  const sign = page.order === 'asc' ? 1 : -1;
  found.sort((one, other) => sign * (one.createdMs - other.createdMs));
  const hasMore = found.length > page.limit || lists.some((list) => list?.hasMore);
  return { runs: found.slice(0, page.limit), hasMore };
}

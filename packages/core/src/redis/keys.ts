import type { RunId, TenantId } from '../ids.ts';
import { type BatchKeys, createBatchKeys } from './batch-keys.ts';
import { createFileKeys, type FileKeys } from './file-keys.ts';

/** The name of every key and channel that Calute uses in Redis. */
export interface Keys extends FileKeys, BatchKeys {
  readonly prefix: string;
  /** Hash: the run's record. */
  run(id: RunId): string;
  /** What the names of all records start with; the id follows. */
  readonly runs: string;
  /** Stream: the run's frames. */
  log(id: RunId): string;
  /** What the names of all logs start with; the id follows. */
  readonly logs: string;
  /** Sorted set: the runs that are accepted and not ended, by deadline in ms. */
  readonly live: string;
  /** Sorted set: the runs that are offered or held, and those just accepted, by when their lease runs out in ms. */
  readonly leases: string;
  /** Hash: the figures of the backlog; what waits stands in keys whose names begin with its name. */
  readonly backlog: string;
  /** Sorted set: runs that come back to the backlog, by when in ms. */
  readonly deferred: string;
  /** Hash: when somebody last looked for leases that ran out, and since when without a pause. */
  readonly looks: string;
  /** Sorted set: the control channels of living workers by when they count as dead, in ms. */
  readonly holders: string;
  /** Hash: control channel → for how many runs its worker has room. */
  readonly rooms: string;
  /** Sorted set: the runs that were accepted last, by when in ms. */
  readonly listedRuns: string;
  /** Sorted set: the tenant's runs of a wire format that are kept for longer, by when they were accepted in ms. */
  tenantKept(tenant: TenantId, format: string): string;
  /** Hash: a conversation; its entries and the items that were taken out of it stand in keys whose names begin with its name. */
  conversation(tenant: TenantId, id: string): string;
  /** Set: the tenant's runs that are accepted and not ended; kept only for keys with a concurrency limit. */
  tenantLive(tenant: TenantId): string;
  /** Hash: requests and tokens that the tenant has used in the minute that its first request opened. */
  tenantWindow(tenant: TenantId): string;
  /** The run that an idempotency key belongs to; the key comes hashed, so that its length is bounded. */
  idempotency(tenant: TenantId, keyHash: string): string;
  /** Channel: frames for the runs that one API instance waits for. */
  replyChannel(instanceId: string): string;
  /** Channel: cancels and ends for the runs that one worker holds. */
  controlChannel(workerId: string): string;
  /** Hash: key id → record. */
  readonly apiKeys: string;
  /** Hash: SHA-256 of the secret → key id. */
  readonly apiKeysByHash: string;
  /** Set while there is no key because the last one was deleted, and not because the data were lost. */
  readonly apiKeysDeleted: string;
  /** Sorted set: worker id by the time of its last heartbeat, in ms of Redis's clock; a withdrawn worker is not in it. */
  readonly workers: string;
  /** Sorted set: worker id by when it was last seen, withdrawn ones included; drops out a day later. */
  readonly workersSeen: string;
  /** Hash: worker id → its last announcement, kept after the worker is gone. */
  readonly announcements: string;
  /** Hash: agent id → when it was first announced, in Unix seconds. */
  readonly agentsCreated: string;
  /** Hash: the name of a lane to a model provider → its state as JSON. */
  readonly providers: string;
  /** Hash: worker id → the time of its last report, in ms, and the report. */
  readonly workerReports: string;
  /** Stream: what was last accepted and ended, for who watches. */
  readonly journal: string;
  /** Hash: runs and tokens of one UTC day, by tenant and agent. */
  usage(day: string): string;
  /** Hash: a session of the console, by the SHA-256 of its cookie. */
  consoleSession(tokenHash: string): string;
  /** Prefix for BullMQ's own keys. */
  readonly queuePrefix: string;
}

/**
 * Several installations share one Redis by different prefixes. On a Redis Cluster the prefix must be a hash tag
 * (`{calute}`), because most steps touch several keys at once.
 */
export function createKeys(prefix = 'calute'): Keys {
  return {
    prefix,
    run: (id) => `${prefix}:run:${id}`,
    runs: `${prefix}:run:`,
    log: (id) => `${prefix}:log:${id}`,
    logs: `${prefix}:log:`,
    live: `${prefix}:live`,
    leases: `${prefix}:leases`,
    backlog: `${prefix}:backlog`,
    deferred: `${prefix}:deferred`,
    looks: `${prefix}:looks`,
    holders: `${prefix}:holders`,
    rooms: `${prefix}:holders:rooms`,
    listedRuns: `${prefix}:runs`,
    tenantKept: (tenant, format) => `${prefix}:tenant:${tenant}:kept:${format}`,
    conversation: (tenant, id) => `${prefix}:tenant:${tenant}:conversation:${id}`,
    tenantLive: (tenant) => `${prefix}:tenant:${tenant}:live`,
    tenantWindow: (tenant) => `${prefix}:tenant:${tenant}:window`,
    idempotency: (tenant, keyHash) => `${prefix}:tenant:${tenant}:idempotency:${keyHash}`,
    replyChannel: (instanceId) => `${prefix}:reply:${instanceId}`,
    controlChannel: (workerId) => `${prefix}:control:${workerId}`,
    apiKeys: `${prefix}:api-keys`,
    apiKeysByHash: `${prefix}:api-keys:by-hash`,
    apiKeysDeleted: `${prefix}:api-keys:deleted`,
    workers: `${prefix}:workers`,
    workersSeen: `${prefix}:workers:seen`,
    announcements: `${prefix}:announcements`,
    agentsCreated: `${prefix}:agents:created`,
    providers: `${prefix}:providers`,
    workerReports: `${prefix}:workers:reports`,
    journal: `${prefix}:journal`,
    usage: (day) => `${prefix}:usage:${day}`,
    consoleSession: (tokenHash) => `${prefix}:console:session:${tokenHash}`,
    queuePrefix: `${prefix}:queue`,
    ...createFileKeys(prefix),
    ...createBatchKeys(prefix),
  };
}

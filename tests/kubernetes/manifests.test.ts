import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { knownVariables } from '../../packages/core/src/process/known-variables.ts';
import { checkManifest } from '../../scripts/manifests/check-manifest.ts';
import { readManifests, readRole } from './read-manifests.ts';

const files = readManifests();
const objects = files.flatMap((file) => file.objects);
const installed = objects.filter(({ apiVersion }) => !apiVersion.startsWith('kustomize.'));
const named = (kind: string, name: string) =>
  installed.find((object) => object.kind === kind && object.metadata?.name === name);

test('every object fits the schema of its kind, without unknown keys', () => {
  expect(installed.length).toBeGreaterThan(14);
  const faults = installed.flatMap((object) =>
    checkManifest(object).map((fault) => `${object.kind}: ${fault}`),
  );
  expect(faults).toEqual([]);
});

test('every file is part of a kustomization, and every part exists', () => {
  const listSchema = z.array(z.string()).default([]);
  const parts = files
    .filter(({ path }) => path.endsWith('kustomization.yaml'))
    .flatMap(({ path, objects: [object] }) => {
      const patches = z
        .array(z.looseObject({ path: z.string().optional() }))
        .default([])
        .parse(object?.['patches']);
      const names = [...listSchema.parse(object?.['resources']), ...listSchema.parse(object?.['components'])];
      const base = new URL(path, 'file:///');
      return [...names, ...patches.flatMap((patch) => patch.path ?? [])].map((name) =>
        new URL(name, base).pathname.slice(1),
      );
    });
  const missing = parts.filter(
    (part) => !existsSync(new URL(`../../deploy/kubernetes/${part}`, import.meta.url)),
  );
  expect(missing).toEqual([]);
  const listed = new Set(parts);
  const unlisted = files.filter(({ path }) => !path.endsWith('kustomization.yaml') && !listed.has(path));
  expect(unlisted.map(({ path }) => path)).toEqual([]);
});

describe.each(['api', 'worker'])('the %s', (role) => {
  const { pod, container, env } = readRole(`calute-${role}`);

  test('sets variables that exist, and none that is a secret', () => {
    const settings = z
      .object({ data: z.record(z.string(), z.string()) })
      .parse(named('ConfigMap', 'calute-settings'));
    const names = [...Object.keys(env), ...Object.keys(settings.data)];
    expect(names.filter((name) => !knownVariables.some((known) => known === name))).toEqual([]);
    expect(names.filter((name) => /KEY|SECRET|PASSWORD|REDIS_URL|HEADERS/.test(name))).toEqual([]);
    expect(container.envFrom).toContainEqual({ secretRef: { name: `calute-${role}` } });
    expect(pod.enableServiceLinks).toBe(false);
  });

  test('runs the role whose name it has, and is probed at its admin port', () => {
    const [program, file = ''] = container.command;
    expect([program, file]).toEqual(['node', `apps/${role}/src/main.ts`]);
    expect(existsSync(new URL(`../../${file}`, import.meta.url))).toBe(true);
    const probes = [container.startupProbe, container.livenessProbe, container.readinessProbe];
    expect(probes.map(({ httpGet }) => httpGet)).toEqual([
      { path: '/livez', port: 'admin' },
      { path: '/livez', port: 'admin' },
      { path: '/readyz', port: 'admin' },
    ]);
    expect(container.ports).toContainEqual({ name: 'admin', containerPort: 9090 });
  });

  test('has a grace in which it can drain', () => {
    const preStopSeconds = container.lifecycle?.preStop.sleep.seconds ?? 0;
    const drainSeconds = Number(env['DRAIN_TIMEOUT_MS']) / 1000;
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(preStopSeconds + drainSeconds + 15);
  });

  test('has no rights that it does not need', () => {
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(container.volumeMounts).toContainEqual({ name: 'tmp', mountPath: '/tmp' });
    expect(pod['automountServiceAccountToken']).toBe(false);
  });
});

test('no object of KEDA has a fallback beside a trigger by CPU or memory, which KEDA refuses', () => {
  const scaled = installed.filter(({ kind }) => kind === 'ScaledObject');
  expect(scaled.map(({ metadata }) => metadata?.name).toSorted()).toEqual(['calute-api', 'calute-worker']);
  const schema = z.object({
    fallback: z.unknown().optional(),
    triggers: z.array(z.looseObject({ type: z.string() })),
  });
  for (const { spec } of scaled.map((object) => z.object({ spec: schema }).parse(object))) {
    const types = spec.triggers.map(({ type }) => type);
    if (types.includes('cpu') || types.includes('memory')) expect(spec.fallback).toBeUndefined();
    else expect(spec.fallback).toMatchObject({ behavior: 'currentReplicasIfHigher' });
  }
});

test('there is no Secret, and so no default password', () => {
  expect(installed.filter(({ kind }) => kind === 'Secret')).toEqual([]);
});

test('only named namespaces reach an admin port', () => {
  const rules = installed
    .filter(({ kind }) => kind === 'NetworkPolicy')
    .flatMap(
      (policy) =>
        z.object({ spec: z.looseObject({ ingress: z.array(z.looseObject({})) }) }).parse(policy).spec.ingress,
    );
  expect(rules.length).toBe(3);
  for (const rule of rules) {
    const isPublic = rule['from'] === undefined;
    expect(rule['ports']).toEqual([{ port: isPublic ? 'http' : 'admin' }]);
  }
});

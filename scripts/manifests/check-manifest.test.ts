import { expect, test } from 'vitest';
import { checkManifest } from './check-manifest.ts';

const container = { name: 'a', image: 'b', securityContext: { runAsNonRoot: true } };

function deployment(given: object = {}, spec: object = {}) {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'a', labels: { any: 'label' } },
    spec: {
      selector: { matchLabels: { a: 'b' } },
      template: {
        metadata: { labels: { a: 'b' } },
        spec: { containers: [{ ...container, ...given }], ...spec },
      },
    },
  };
}

test('an object that fits its schema has no fault', () => {
  expect(checkManifest(deployment())).toEqual([]);
});

test('unknown keys are found wherever they stand', () => {
  expect(checkManifest(deployment({ comand: ['x'] }))).toEqual([
    'unknown key spec.template.spec.containers[0].comand',
  ]);
  const nested = { securityContext: { readOnlyRootFileSystem: true } };
  expect(checkManifest(deployment(nested))).toEqual([
    'unknown key spec.template.spec.containers[0].securityContext.readOnlyRootFileSystem',
  ]);
  expect(checkManifest({ ...deployment(), extra: 1 })).toEqual(['unknown key extra']);
});

test('a wrong type, a missing key and a kind without a schema are told', () => {
  expect(checkManifest(deployment({}, { terminationGracePeriodSeconds: '60' }))[0]).toMatch(
    /terminationGrace/,
  );
  expect(checkManifest({ ...deployment(), spec: {} })[0]).toMatch(/selector/);
  expect(checkManifest({ apiVersion: 'v2', kind: 'Pod' })).toEqual(['no schema is known for v2 Pod']);
});

test("an autoscaler's object of KEDA is held to its schema as well", () => {
  const scaled = { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', metadata: { name: 'a' } };
  const spec = { scaleTargetRef: { name: 'a' }, triggers: [{ type: 'metrics-api', metadata: { url: 'u' } }] };
  expect(checkManifest({ ...scaled, spec })).toEqual([]);
  expect(checkManifest({ ...scaled, spec: { ...spec, minReplicas: 1 } })).toEqual([
    'unknown key spec.minReplicas',
  ]);
});

import { readdirSync, readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';

const folder = new URL('../../deploy/kubernetes/', import.meta.url);
const objectSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }).optional(),
});

export type Manifest = z.infer<typeof objectSchema>;

/** Every file below deploy/kubernetes by its path, with the objects in it; patches are left out. */
export function readManifests(): { readonly path: string; readonly objects: readonly Manifest[] }[] {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.yaml'),
  );
  return paths.sort().map((path) => {
    const documents = parseAllDocuments(readFileSync(new URL(path, folder), 'utf8'));
    const values = documents.map((document) => document.toJS());
    return {
      path,
      objects: values.filter((value) => !Array.isArray(value)).map((value) => objectSchema.parse(value)),
    };
  });
}

const probe = z.object({ httpGet: z.object({ path: z.string(), port: z.string() }) }).loose();
const container = z.looseObject({
  command: z.array(z.string()),
  envFrom: z.array(z.looseObject({})),
  env: z.array(z.object({ name: z.string(), value: z.string() })),
  ports: z.array(z.object({ name: z.string(), containerPort: z.number() })),
  startupProbe: probe,
  livenessProbe: probe,
  readinessProbe: probe,
  lifecycle: z.object({ preStop: z.object({ sleep: z.object({ seconds: z.number() }) }) }).optional(),
  securityContext: z.looseObject({}),
  volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string() })),
});
const deployment = z.looseObject({
  spec: z.looseObject({
    template: z.looseObject({
      spec: z.looseObject({
        terminationGracePeriodSeconds: z.number(),
        enableServiceLinks: z.boolean(),
        securityContext: z.looseObject({}),
        containers: z.tuple([container]),
      }),
    }),
  }),
});

/** The pod of a role, by the name of its Deployment. */
export function readRole(name: string) {
  const objects = readManifests().flatMap((file) => file.objects);
  const found = objects.find((object) => object.kind === 'Deployment' && object.metadata?.name === name);
  const { spec: pod } = deployment.parse(found).spec.template;
  const [only] = pod.containers;
  const env = Object.fromEntries(only.env.map(({ name: variable, value }) => [variable, value]));
  return { pod, container: only, env };
}

import { z } from 'zod';
import { type Environment, readEnvironment } from '../../process/read-environment.ts';
import type { Tracing } from './tracing.ts';

const url = z.url({ protocol: /^https?$/, error: 'expected an http(s) URL' }).optional();

/** OpenTelemetry's own variables, as far as they decide over more than the exporter, which reads the rest. */
const tracingSchema = z.object({
  OTEL_EXPORTER_OTLP_ENDPOINT: url,
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url,
  OTEL_SDK_DISABLED: z.string().optional(),
  OTEL_TRACES_EXPORTER: z.enum(['otlp', 'none'], 'expected otlp or none').optional(),
  OTEL_SERVICE_NAME: z.string().optional(),
  OTEL_TRACES_SAMPLER: z
    .enum(
      [
        'always_on',
        'always_off',
        'traceidratio',
        'parentbased_always_on',
        'parentbased_always_off',
        'parentbased_traceidratio',
      ],
      'expected a sampler of OpenTelemetry, such as parentbased_traceidratio',
    )
    .default('parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: z.coerce
    .number('expected a share from 0 to 1')
    .min(0, 'expected a share from 0 to 1')
    .max(1, 'expected a share from 0 to 1')
    .default(1),
});

/**
 * Tracing where the environment names an OTLP endpoint; undefined otherwise, and then nothing of OpenTelemetry is loaded. Throws
 * StartError that names every bad variable.
 */
export async function openTracing(
  environment: Environment,
  role: 'api' | 'worker',
): Promise<Tracing | undefined> {
  const read = readEnvironment(tracingSchema, environment);
  const endpoint = read.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? read.OTEL_EXPORTER_OTLP_ENDPOINT;
  const isOff = read.OTEL_SDK_DISABLED?.toLowerCase() === 'true' || read.OTEL_TRACES_EXPORTER === 'none';
  if (endpoint === undefined || isOff) return undefined;
  const { createOtelTracing } = await import('./otel-tracing.ts');
  return createOtelTracing({
    serviceName: read.OTEL_SERVICE_NAME ?? `calute-${role}`,
    sampler: { name: read.OTEL_TRACES_SAMPLER, ratio: read.OTEL_TRACES_SAMPLER_ARG },
  });
}

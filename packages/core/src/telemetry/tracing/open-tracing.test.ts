import { expect, test } from 'vitest';
import { openTracing } from './open-tracing.ts';

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' };

test.each([
  {},
  { OTEL_SERVICE_NAME: 'mine' },
  { ...endpoint, OTEL_SDK_DISABLED: 'true' },
  { ...endpoint, OTEL_TRACES_EXPORTER: 'none' },
])('with %j there is no tracing', async (environment) => {
  expect(await openTracing(environment, 'api')).toBeUndefined();
});

test('an endpoint turns it on, and a collector that is away holds up no shutdown', async () => {
  const tracing = await openTracing(endpoint, 'worker');
  tracing?.start('lost', { kind: 'internal' }).end();
  const sinceMs = performance.now();
  await tracing?.[Symbol.asyncDispose]();
  expect(performance.now() - sinceMs).toBeLessThan(5000);
});

test('every bad variable is named', async () => {
  const environment = {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'collector',
    OTEL_TRACES_SAMPLER: 'some',
    OTEL_TRACES_SAMPLER_ARG: '2',
  };
  await expect(openTracing(environment, 'api')).rejects.toThrow(
    /OTEL_EXPORTER_OTLP_ENDPOINT.*OTEL_TRACES_SAMPLER \(.*OTEL_TRACES_SAMPLER_ARG/,
  );
});

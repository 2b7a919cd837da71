import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const fileUrl = (path: string) => new URL(`../../${path}`, import.meta.url).href;

/** Loads both roles, opens tracing with this environment, and gives how many files of OpenTelemetry's SDK were loaded. */
async function countLoaded(environment: object): Promise<number> {
  const script = `
    import { registerHooks } from 'node:module';
    let loaded = 0;
    registerHooks({
      load(url, context, next) {
        if (/opentelemetry.(sdk-trace|exporter)/.test(url)) loaded += 1;
        return next(url, context);
      },
    });
    await import('${fileUrl('apps/api/src/start-api.ts')}');
    await import('${fileUrl('apps/worker/src/start-worker.ts')}');
    const { openTracing } = await import('${fileUrl('packages/core/src/telemetry/tracing/open-tracing.ts')}');
    await openTracing(${JSON.stringify(environment)}, 'api');
    console.log(loaded);
    process.exit(0);`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  return Number(stdout);
}

it('nothing of tracing is loaded while it is off', async () => {
  expect(await countLoaded({})).toBe(0);
  expect(await countLoaded({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' })).toBeGreaterThan(0);
});

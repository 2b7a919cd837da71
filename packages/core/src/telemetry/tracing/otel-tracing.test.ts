import { InMemorySpanExporter } from '@opentelemetry/sdk-trace';
import { expect, test } from 'vitest';
import { createOtelTracing, type SamplerChoice } from './otel-tracing.ts';
import { parseTraceparent } from './traceparent.ts';

const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

function setup(sampler: SamplerChoice = { name: 'parentbased_always_on', ratio: 1 }) {
  const exporter = new InMemorySpanExporter();
  // What was exported is forgotten with the shutdown.
  const spans: ReturnType<InMemorySpanExporter['getFinishedSpans']> = [];
  exporter.shutdown = async () => void spans.push(...exporter.getFinishedSpans());
  return { tracing: createOtelTracing({ serviceName: 'test', sampler, exporter }), spans };
}

test('a span is part of the trace that its parent names, and tells its own place in it', async () => {
  const { tracing, spans } = setup();
  const span = tracing.start('outer', { kind: 'server', parent, attributes: { size: 3 } });
  const inner = tracing.start('inner', { kind: 'client', parent: span.traceparent });
  inner.end();
  span.rename('renamed');
  span.set({ list: ['a'] });
  span.end();
  span.end('again');
  await tracing[Symbol.asyncDispose]();
  expect(parseTraceparent(span.traceparent)).toMatchObject({
    traceId: '0af7651916cd43dd8448eb211c80319c',
    flags: 1,
  });
  expect(spans.map(({ name }) => name)).toEqual(['inner', 'renamed']);
  const [first, second] = spans;
  expect(first?.parentSpanContext?.spanId).toBe(second?.spanContext().spanId);
  expect(second?.parentSpanContext?.spanId).toBe('b7ad6b7169203331');
  expect(second?.attributes).toEqual({ size: 3, list: ['a'] });
  expect(second?.resource.attributes['service.name']).toBe('test');
});

test('a failure has its code and no text', async () => {
  const { tracing, spans } = setup();
  tracing.start('call', { kind: 'client' }).end('upstream_timeout');
  await tracing[Symbol.asyncDispose]();
  expect(spans[0]?.attributes).toEqual({ 'error.type': 'upstream_timeout' });
  expect(spans[0]?.status.code).toBe(2);
});

test('a chosen id is that of the one span, which may begin in the past and have links', async () => {
  const { tracing, spans } = setup();
  const options = {
    kind: 'internal',
    spanId: '00000000000000aa',
    startMs: 1_700_000_000_000,
    links: [parent, 'x'],
  } as const;
  tracing.start('chosen', options).end();
  tracing.start('random', { kind: 'internal' }).end();
  await tracing[Symbol.asyncDispose]();
  expect(spans[0]?.spanContext().spanId).toBe('00000000000000aa');
  expect(spans[0]?.startTime[0]).toBe(1_700_000_000);
  expect(spans[0]?.links.map(({ context }) => context.spanId)).toEqual(['b7ad6b7169203331']);
  expect(spans[1]?.spanContext().spanId).not.toBe('00000000000000aa');
});

test('what is not sampled is not recorded, and says so to those behind it', async () => {
  const { tracing, spans } = setup({ name: 'parentbased_traceidratio', ratio: 0 });
  const root = tracing.start('root', { kind: 'server' });
  expect(parseTraceparent(root.traceparent)?.flags).toBe(0);
  tracing.start('child', { kind: 'internal', parent: root.traceparent }).end();
  tracing.start('sampled', { kind: 'internal', parent }).end();
  root.end();
  await tracing[Symbol.asyncDispose]();
  expect(spans.map(({ name }) => name)).toEqual(['sampled']);
});

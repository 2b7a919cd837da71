import { expect, it } from 'vitest';
import { ask, runIdOf } from '../support/chat-request.ts';
import { prepareCalute } from '../support/start-calute.ts';
import { type CollectedSpan, startCollector } from '../support/start-collector.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const traceparent = `00-${traceId}-b7ad6b7169203331-01`;

it('every hop of a streamed run has its span, in the trace of its client', { timeout: 60_000 }, async () => {
  await using collector = await startCollector();
  await using calute = await prepareCalute([{ id: 'clock', model: 'offline:echo' }]);
  const tracing = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
  const worker = await calute.startWorker({ ...tracing, CALUTE_AGENTS: 'agents' });
  const api = await calute.startApi(tracing);
  const response = await fetch(`${api.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', traceparent },
    body: JSON.stringify({
      ...ask('clock'),
      messages: [{ role: 'user', content: 'call time {}' }],
      stream: true,
    }),
  });
  expect(runIdOf(await response.text())).toMatch(/^chatcmpl-/);
  await Promise.all([api.stop(), worker.stop()]);

  const spans = new Map(
    collector.spans.filter((span) => span.traceId === traceId).map((span) => [span.name, span]),
  );
  const http = spans.get('POST /v1/chat/completions');
  const attempt = spans.get('invoke_agent clock');
  expect(http).toMatchObject({ service: 'calute-api', parentSpanId: 'b7ad6b7169203331' });
  expect(spans.get('backlog')).toMatchObject({ service: 'calute-worker', parentSpanId: http?.spanId });
  expect(attempt).toMatchObject({ service: 'calute-worker', parentSpanId: http?.spanId });
  expect(spans.get('chat echo')).toMatchObject({ service: 'calute-worker', parentSpanId: attempt?.spanId });
  expect(spans.get('execute_tool time')).toMatchObject({
    service: 'calute-worker',
    parentSpanId: attempt?.spanId,
  });
  expect(spans.get('relay')).toMatchObject({ service: 'calute-api', parentSpanId: http?.spanId });
  expect(collector.spans.filter(({ name }) => name === 'chat echo')).toHaveLength(2);
  for (const span of collector.spans) expect(JSON.stringify(span)).not.toContain('call time');
});

it('a second attempt links to the first one, whose worker died', { timeout: 60_000 }, async () => {
  await using collector = await startCollector();
  await using calute = await prepareCalute([{ id: 'slow', model: 'openai:slow' }]);
  await calute.upstream.script('slow', [{ type: 'hang' }]);
  const tracing = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
  const api = await calute.startApi(tracing);
  const dying = await calute.startWorker(tracing);
  const answer = fetch(`${api.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', traceparent },
    body: JSON.stringify(ask('slow')),
  });
  await calute.upstream.waitForRequests('slow', 1);
  await dying.stop('SIGKILL');
  await calute.upstream.script('slow', [{ type: 'head', status: 400 }]);
  const next = await calute.startWorker(tracing);
  expect((await answer).status).toBeGreaterThanOrEqual(400);
  await Promise.all([api.stop(), next.stop()]);
  const second = collector.spans.find(({ name }) => name === 'invoke_agent slow');
  expect(attributeOf(second, 'calute.attempt')).toBe('2');
  expect(second?.links).toEqual([expect.objectContaining({ traceId })]);
});

function attributeOf(span: CollectedSpan | undefined, key: string): string {
  const value = span?.attributes.find((attribute) => attribute.key === key)?.value ?? {};
  return String(Object.values(value)[0]);
}

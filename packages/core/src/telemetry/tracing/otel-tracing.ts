import {
  type Attributes,
  type Link,
  type Span as OtelSpan,
  SpanKind as OtelSpanKind,
  ROOT_CONTEXT,
  type SpanContext,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  type IdGenerator,
  ParentBasedSampler,
  RandomIdGenerator,
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { formatTraceparent, parseTraceparent } from './traceparent.ts';
import type { Span, SpanKind, SpanOptions, Tracing } from './tracing.ts';

/** How much of what is traced is recorded: `OTEL_TRACES_SAMPLER` and its argument. */
export interface SamplerChoice {
  readonly name:
    | 'always_on'
    | 'always_off'
    | 'traceidratio'
    | 'parentbased_always_on'
    | 'parentbased_always_off'
    | 'parentbased_traceidratio';
  /** Of the traces that begin here. */
  readonly ratio: number;
}

export interface OtelTracingOptions {
  readonly serviceName: string;
  readonly sampler: SamplerChoice;
  /** @defaultValue OTLP over HTTP, as the environment says */
  readonly exporter?: SpanExporter;
}

const closeMs = 3000;
const kinds: Readonly<Record<SpanKind, OtelSpanKind>> = {
  server: OtelSpanKind.SERVER,
  client: OtelSpanKind.CLIENT,
  consumer: OtelSpanKind.CONSUMER,
  internal: OtelSpanKind.INTERNAL,
};

/** Spans by OpenTelemetry's SDK. It is loaded only where tracing is on, and registers nothing globally. */
export function createOtelTracing(options: OtelTracingOptions): Tracing {
  const ids = new ChosenIds();
  const provider = new TracerProvider({
    sampler: toSampler(options.sampler),
    resource: resourceFromAttributes({ 'service.name': options.serviceName }).merge(
      detectResources({ detectors: [envDetector] }),
    ),
    idGenerator: ids,
    spanProcessors: [new BatchSpanProcessor({ exporter: options.exporter ?? new OTLPTraceExporter() })],
  });
  const tracer = provider.getTracer('calute');
  return {
    start(name, { kind, parent, links = [], attributes = {}, startMs, spanId }) {
      ids.next = spanId;
      const span = tracer.startSpan(
        name,
        {
          kind: kinds[kind],
          attributes: toAttributes(attributes),
          links: links.flatMap(toLink),
          ...(startMs === undefined ? {} : { startTime: startMs }),
        },
        contextOf(parent),
      );
      ids.next = undefined;
      return toSpan(span);
    },
    async [Symbol.asyncDispose]() {
      // A collector that is away must not hold up a shutdown.
      const timeout = new Promise<void>((resolve) => setTimeout(resolve, closeMs).unref());
      await Promise.race([provider.shutdown().catch(() => undefined), timeout]);
    },
  };
}

/** Random ids, but for a span whose id was chosen: the SDK asks for it while it starts the span. */
class ChosenIds implements IdGenerator {
  next: string | undefined;
  readonly #random = new RandomIdGenerator();

  generateTraceId(): string {
    return this.#random.generateTraceId();
  }

  generateSpanId(): string {
    return this.next ?? this.#random.generateSpanId();
  }
}

function contextOf(parent: string | undefined) {
  const [context] = toContexts(parent);
  return context === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, context);
}

function toContexts(traceparent: string | undefined): SpanContext[] {
  const parsed = parseTraceparent(traceparent);
  if (parsed === undefined) return [];
  const { traceId, spanId, flags } = parsed;
  return [{ traceId, spanId, traceFlags: flags, isRemote: true }];
}

function toLink(traceparent: string): Link[] {
  return toContexts(traceparent).map((context) => ({ context }));
}

function toSpan(span: OtelSpan): Span {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return {
    traceparent: formatTraceparent({ traceId, spanId, flags: traceFlags }),
    set: (attributes) => void span.setAttributes(toAttributes(attributes)),
    rename: (name) => void span.updateName(name),
    end(error) {
      if (error !== undefined) {
        span.setAttribute('error.type', error);
        span.setStatus({ code: SpanStatusCode.ERROR, message: error });
      }
      if (span.isRecording()) span.end();
    },
  };
}

function toAttributes(attributes: NonNullable<SpanOptions['attributes']>): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, Array.isArray(value) ? [...value] : value]),
  ) as Attributes; // because lists are copied, which may not be read-only there
}

function toSampler({ name, ratio }: SamplerChoice): Sampler {
  switch (name) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
      return new TraceIdRatioBasedSampler(ratio);
    case 'parentbased_always_on':
      return new ParentBasedSampler({ root: new AlwaysOnSampler() });
    case 'parentbased_always_off':
      return new ParentBasedSampler({ root: new AlwaysOffSampler() });
    case 'parentbased_traceidratio':
      return new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) });
  }
}

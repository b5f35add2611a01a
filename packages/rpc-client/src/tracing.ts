import type { RpcError } from './errors.js';

/** The part of an OpenTelemetry `Span` that is used. */
export interface TraceSpan {
  setAttribute(name: string, value: string | number): unknown;
  setStatus(status: { code: number; message?: string }): unknown;
  addEvent(name: string, attributes: Record<string, string | number>): unknown;
  end(): void;
}

/** The part of an OpenTelemetry `Tracer` that is used: `trace.getTracer('my-service')` of `@opentelemetry/api` fits. */
export interface Tracer {
  startActiveSpan<Run extends (span: TraceSpan) => unknown>(
    name: string,
    options: { kind?: number; attributes?: Record<string, string | number> },
    run: Run,
  ): ReturnType<Run>;
}

/** Traces of calls. */
export interface Tracing {
  /** Makes one span per call, with an event per repetition. */
  readonly tracer: Tracer;
  /** Adds headers that carry the trace on: `(headers) => propagation.inject(context.active(), headers)`. */
  readonly inject?: ((headers: Record<string, string>) => void) | undefined;
}

/** Values of the OpenTelemetry API, which is no dependency. */
const SPAN_KIND_CLIENT = 2;
const STATUS_ERROR = 2;

/** What becomes of one call, told while it runs. */
export interface CallTrace {
  /** Headers for every try. */
  readonly headers: Readonly<Record<string, string>>;
  repeated(error: RpcError, inMs: number): void;
  answered(status: number, requestId: string | undefined, repetitions: number): void;
  failed(error: RpcError, repetitions: number): void;
}

const UNTRACED: CallTrace = {
  headers: {},
  repeated: () => undefined,
  answered: () => undefined,
  failed: () => undefined,
};

/**
 * Runs a call inside a span named by its method and route. The attributes follow OpenTelemetry's conventions for HTTP
 * clients; ids, headers and bodies are none of them.
 */
export function traced<T>(
  tracing: Tracing | undefined,
  call: { readonly method: string; readonly route: string; readonly baseUrl: URL },
  run: (trace: CallTrace) => Promise<T>,
): Promise<T> {
  if (tracing === undefined) return run(UNTRACED);
  const { method, route, baseUrl } = call;
  const attributes = {
    'http.request.method': method,
    'url.template': route,
    'server.address': baseUrl.hostname,
    ...(baseUrl.port === '' ? {} : { 'server.port': Number(baseUrl.port) }),
  };
  const options = { kind: SPAN_KIND_CLIENT, attributes };
  return tracing.tracer.startActiveSpan(`${method} ${route}`, options, async (span) => {
    try {
      return await run(traceIn(span, tracing));
    } finally {
      span.end();
    }
  });
}

function traceIn(span: TraceSpan, { inject }: Tracing): CallTrace {
  const headers: Record<string, string> = {};
  inject?.(headers);
  const end = (status: number | undefined, requestId: string | undefined, repetitions: number) => {
    if (status !== undefined) span.setAttribute('http.response.status_code', status);
    if (requestId !== undefined) span.setAttribute('http.response.header.x-request-id', requestId);
    if (repetitions > 0) span.setAttribute('http.request.resend_count', repetitions);
  };
  return {
    headers,
    repeated: ({ code, status }, inMs) =>
      span.addEvent('retry', {
        'error.type': code,
        ...(status === undefined ? {} : { 'http.response.status_code': status }),
        'retry.delay_ms': inMs,
      }),
    answered: end,
    failed: ({ code, status, requestId }, repetitions) => {
      end(status, requestId, repetitions);
      span.setAttribute('error.type', code);
      span.setStatus({ code: STATUS_ERROR, message: code });
    },
  };
}

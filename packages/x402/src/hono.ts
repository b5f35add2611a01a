import type { Context, MiddlewareHandler, Next } from 'hono';
import type { PaidRequest, PaymentGate } from './server/gate.js';
import { type BufferedResponse, type GateRequest, jsonResponse } from './server/messages.js';
import { readBytes } from './server/read-bytes.js';

/** Settings of {@link paymentMiddleware}. */
export interface HonoPaymentOptions {
  /** Largest request body on paid routes in bytes; default 1 MiB. */
  readonly maxBodyBytes?: number | undefined;
}

const DEFAULT_MAX_BODY_BYTES = 1024 * 1024;
const MAX_TAB_BODY_BYTES = 64 * 1024;
const STATUS_WITHOUT_BODY = new Set([101, 204, 205, 304]);

/**
 * Makes Hono middleware of a payment gate: it answers 402, verifies, lets the handler run, settles, and serves the tab
 * endpoint. Register it before the routes.
 */
export function paymentMiddleware(gate: PaymentGate, options: HonoPaymentOptions = {}): MiddlewareHandler {
  const maxBodyBytes = options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES;
  return async (context, next) => {
    const { method, path } = context.req;
    const target = targetOf(context.req.url);
    if (method === 'POST' && path === gate.tabPath) {
      const body = await bodyOf(context, MAX_TAB_BODY_BYTES);
      return responseOf(body === undefined ? tooLarge(MAX_TAB_BODY_BYTES) : await gate.openTab(decode(body)));
    }
    if (!gate.isPaidRoute(method, target)) return next();
    const body = await bodyOf(context, maxBodyBytes);
    if (body === undefined) return responseOf(tooLarge(maxBodyBytes));
    const decision = await gate.authorize(gateRequest(context, target, body));
    if (decision.kind === 'free') return next();
    if (decision.kind === 'respond') return responseOf(decision.response);
    return serve(decision.payment, context, next);
  };
}

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

const tooLarge = (maxBytes: number): BufferedResponse =>
  jsonResponse(413, { error: `expected a body of at most ${maxBytes} bytes` });

const targetOf = (url: string): string => url.slice(new URL(url).origin.length) || '/';

/** Reads a copy, so that the handler finds the body unread. */
const bodyOf = (context: Context, maxBytes: number): Promise<Uint8Array | undefined> =>
  readBytes(context.req.raw.clone().body, maxBytes);

const gateRequest = (context: Context, target: string, body: Uint8Array): GateRequest => ({
  method: context.req.method,
  target,
  origin: new URL(context.req.url).origin,
  header: (name) => context.req.header(name),
  body,
});

async function serve(payment: PaidRequest, context: Context, next: Next): Promise<Response | undefined> {
  try {
    await next();
  } catch (error) {
    payment.abandon();
    throw error;
  }
  return payment.settle === 'before' ? serveSettled(payment, context) : serveAfter(payment, context);
}

async function serveAfter(payment: PaidRequest, context: Context): Promise<undefined> {
  const body = await readOrAbandon(payment, context.res);
  if (body === undefined) {
    const error = `the response is larger than the ${payment.maxResponseBytes} bytes that can be held until it is paid; nothing was charged`;
    replaceResponse(context, responseOf(jsonResponse(500, { error })));
    return undefined;
  }
  replaceResponse(context, responseOf(await payment.complete(bufferedOf(context.res, body))));
  return undefined;
}

async function readOrAbandon(payment: PaidRequest, response: Response): Promise<Uint8Array | undefined> {
  try {
    const body = await readBytes(response.body, payment.maxResponseBytes);
    if (body === undefined) payment.abandon();
    return body;
  } catch (error) {
    payment.abandon();
    throw error;
  }
}

/** The money is there: the response may stream. A copy is kept for repeated requests, if it is small enough. */
function serveSettled(payment: PaidRequest, context: Context): undefined {
  const { res: response } = context;
  const [sent, copy] = response.body === null ? [null, null] : response.body.tee();
  const headers = new Headers(response.headers);
  for (const [name, value] of payment.receiptHeaders) headers.set(name, value);
  headers.set('cache-control', 'private, no-store');
  replaceResponse(context, new Response(sent, { status: response.status, headers }));
  keepCopy(payment, response, copy).catch(() => payment.abandon());
  return undefined;
}

async function keepCopy(
  payment: PaidRequest,
  response: Response,
  copy: ReadableStream<Uint8Array> | null,
): Promise<void> {
  const body = await readBytes(copy, payment.maxResponseBytes);
  if (body === undefined)
    await payment.completeStreamed({ status: response.status, headers: [...response.headers] });
  else await payment.complete(bufferedOf(response, body));
}

const bufferedOf = (response: Response, body: Uint8Array): BufferedResponse => ({
  status: response.status,
  headers: [...response.headers],
  body,
});

/** Hono merges the headers of a response into the one that replaces it, unless there is none in between. */
function replaceResponse(context: Context, response: Response): void {
  context.res = undefined;
  context.res = response;
}

function responseOf({ status, headers, body }: BufferedResponse): Response {
  const all = new Headers();
  for (const [name, value] of headers) all.append(name, value);
  return new Response(STATUS_WITHOUT_BODY.has(status) ? null : new Uint8Array(body), {
    status,
    headers: all,
  });
}

import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { X402Error } from './errors.js';
import { ByteCollector } from './server/byte-collector.js';
import { type Captured, captureResponse, responseHeaders } from './server/capture-response.js';
import type { PaidRequest, PaymentGate } from './server/gate.js';
import { type BufferedResponse, type GateRequest, jsonResponse } from './server/messages.js';
import { peekBody } from './server/node-body.js';

/** Settings of {@link paymentMiddleware}. */
export interface ExpressPaymentOptions {
  /** Largest request body on paid routes in bytes; default 1 MiB. */
  readonly maxBodyBytes?: number | undefined;
}

const DEFAULT_MAX_BODY_BYTES = 1024 * 1024;
const MAX_TAB_BODY_BYTES = 64 * 1024;

/**
 * Makes Express middleware of a payment gate: it answers 402, verifies, lets the handler run, settles, and serves the
 * tab endpoint. Put it before the routes; body parsers may stand before or behind it.
 */
export function paymentMiddleware(gate: PaymentGate, options: ExpressPaymentOptions = {}): RequestHandler {
  const maxBodyBytes = options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES;
  return (request, response, next) => {
    handle(gate, request, response, next, maxBodyBytes).catch(next);
  };
}

async function handle(
  gate: PaymentGate,
  request: Request,
  response: Response,
  next: NextFunction,
  maxBodyBytes: number,
): Promise<void> {
  try {
    if (request.method === 'POST' && request.path === gate.tabPath) {
      const body = await bodyOf(request, MAX_TAB_BODY_BYTES);
      return send(response, await gate.openTab(new TextDecoder().decode(body)));
    }
    if (!gate.isPaidRoute(request.method, request.originalUrl)) return next();
    const decision = await gate.authorize(await gateRequest(request, maxBodyBytes));
    if (decision.kind === 'free') return next();
    if (decision.kind === 'respond') return send(response, decision.response);
    await serve(decision.payment, response, next);
  } catch (error) {
    if (!(error instanceof X402Error)) throw error;
    const status = error.code === 'HTTP_BODY_TOO_LARGE' ? 413 : error.code === 'MESSAGE_INVALID' ? 400 : 500;
    send(response, jsonResponse(status, { error: error.message }));
  }
}

async function gateRequest(request: Request, maxBodyBytes: number): Promise<GateRequest> {
  return {
    method: request.method,
    target: request.originalUrl,
    origin: `${request.protocol}://${request.get('host') ?? 'localhost'}`,
    header: (name) => request.get(name),
    body: await bodyOf(request, maxBodyBytes),
  };
}

/** The raw body, or, when a body parser already took it, the parsed one written as JSON. */
async function bodyOf(request: Request, maxBytes: number): Promise<Uint8Array> {
  const parsed: unknown = request.body;
  if (parsed === undefined) return peekBody(request, maxBytes);
  if (parsed instanceof Uint8Array) return parsed;
  return new TextEncoder().encode(typeof parsed === 'string' ? parsed : JSON.stringify(parsed));
}

async function serve(payment: PaidRequest, response: Response, next: NextFunction): Promise<void> {
  if (payment.settle === 'before') return serveSettled(payment, response, next);
  const { captured, release } = captureResponse(response, payment.maxResponseBytes);
  const outcome = await runHandler(captured, payment, next);
  release();
  if (outcome.kind === 'closed') return;
  clearHeaders(response);
  if (outcome.kind === 'too-large') {
    const error = `the response is larger than the ${payment.maxResponseBytes} bytes that can be held until it is paid; nothing was charged`;
    return send(response, jsonResponse(500, { error }));
  }
  send(response, await payment.complete(outcome.response));
}

async function runHandler(
  captured: Promise<Captured>,
  payment: PaidRequest,
  next: NextFunction,
): Promise<Captured> {
  try {
    next();
    const outcome = await captured;
    if (outcome.kind !== 'complete') payment.abandon();
    return outcome;
  } catch (error) {
    payment.abandon();
    throw error;
  }
}

/** The money is there: the response may stream. A copy is kept for repeated requests, if it is small enough. */
async function serveSettled(payment: PaidRequest, response: Response, next: NextFunction): Promise<void> {
  for (const [name, value] of payment.receiptHeaders) response.setHeader(name, value);
  response.setHeader('cache-control', 'private, no-store');
  const copied = copyResponse(response, payment.maxResponseBytes);
  next();
  const copy = await copied;
  if (copy.kind === 'closed') payment.abandon();
  else if (copy.kind === 'complete') await payment.complete(copy.response);
  else await payment.completeStreamed({ status: response.statusCode, headers: responseHeaders(response) });
}

/** Lets everything pass and keeps a copy of it up to a limit. */
function copyResponse(response: Response, maxBytes: number): Promise<Captured> {
  const copy = new ByteCollector(maxBytes);
  const { write, end } = response;
  response.write = ((...args: Parameters<typeof write>) => {
    copy.add(args[0], args[1]);
    return write.apply(response, args);
  }) as typeof write;
  response.end = ((...args: Parameters<typeof end>) => {
    copy.add(args[0], args[1]);
    return end.apply(response, args);
  }) as typeof end;
  return new Promise((resolve) => {
    response.on('close', () => {
      if (!response.writableFinished) resolve({ kind: 'closed' });
      else if (copy.isOverfull) resolve({ kind: 'too-large' });
      else {
        const headers = responseHeaders(response);
        resolve({ kind: 'complete', response: { status: response.statusCode, headers, body: copy.bytes() } });
      }
    });
  });
}

function clearHeaders(response: Response): void {
  for (const name of response.getHeaderNames()) response.removeHeader(name);
}

function send(response: Response, { status, headers, body }: BufferedResponse): void {
  response.statusCode = status;
  const byName = new Map<string, string[]>();
  for (const [name, value] of headers) byName.set(name, [...(byName.get(name) ?? []), value]);
  for (const [name, values] of byName)
    response.setHeader(name, values.length === 1 ? (values[0] as string) : values);
  if (!response.hasHeader('transfer-encoding')) response.setHeader('content-length', body.length);
  response.end(body);
}

import { FourMicaError, type ValidationError } from '@fourmica/core-types';
import type { FastifyError } from 'fastify';
import { PageError } from './pages.js';
import { TooManyRequestsError } from './rate-limits.js';

/** What a client hears about an error. */
export interface ErrorAnswer {
  readonly status: number;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A body that is no JSON, or JSON that means different things to different readers. */
export class MalformedJsonError extends FourMicaError<'MALFORMED_JSON', object> {
  override readonly name = 'MalformedJsonError';

  constructor(cause: ValidationError) {
    super('MALFORMED_JSON', `malformed JSON: expected ${cause.context.expected}`, {}, { cause });
  }
}

/** What is not explained; its text stays inside. */
export const INTERNAL_ERROR: ErrorAnswer = { status: 500, text: 'internal server error' };

const FRAMEWORK_ANSWERS: Readonly<Record<string, ErrorAnswer>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    status: 415,
    text: 'unsupported content type, expected application/json',
  },
  FST_ERR_CTP_BODY_TOO_LARGE: { status: 413, text: 'request body is too large' },
  FST_ERR_HANDLER_TIMEOUT: { status: 503, text: 'the request took too long, please retry' },
};

/** Explains the errors that every HTTP service knows; undefined for others. */
export function commonAnswerOf(error: unknown): ErrorAnswer | undefined {
  if (error instanceof TooManyRequestsError) {
    const headers = { 'retry-after': String(error.context.retryAfterSecs) };
    return { status: 429, text: error.message, headers };
  }
  if (error instanceof MalformedJsonError) return { status: 400, text: error.message };
  if (error instanceof PageError) return { status: 400, text: error.message };
  return frameworkAnswerOf(error);
}

/** Errors of Fastify itself are safe to show; database drivers use `code` too and must not pass. */
function frameworkAnswerOf(error: unknown): ErrorAnswer | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  const { code, statusCode, message } = error as FastifyError;
  const known = FRAMEWORK_ANSWERS[code];
  if (known !== undefined) return known;
  if (!String(code).startsWith('FST_') || statusCode === undefined || statusCode >= 500) return undefined;
  return { status: statusCode, text: message };
}

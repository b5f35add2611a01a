import { FourMicaError, type ValidationError } from '@fourmica/core-types';
import type { ErrorAnswer } from '@fourmica/http-service';
import * as z from 'zod';
import { AuthRefusalError, answerOfAuthRefusal } from '../auth/index.js';
import { type RefusalCode, RefusalError, refusal } from '../domain/refusal.js';
import { type DatabaseFailure, databaseFailureOf } from '../store/database-failure.js';

/** Status of each reason for which a request is refused. */
export const STATUS_OF_REFUSAL: Readonly<Record<RefusalCode, number>> = {
  INVALID_PARAMETER: 400,
  INVALID_SIGNATURE: 400,
  VERSION_NOT_ACCEPTED: 400,
  USER_NOT_REGISTERED: 400,
  USER_SUSPENDED: 403,
  REQ_ID_USED: 400,
  REQ_ID_NOT_NEXT: 400,
  TIMESTAMP_IN_FUTURE: 400,
  TIMESTAMP_OUTSIDE_TAB: 400,
  TAB_NOT_FOUND: 404,
  TAB_CLOSED: 409,
  TAB_MISMATCH: 400,
  TAB_TTL: 400,
  VALIDATION_POLICY_INVALID: 400,
  NOT_ENOUGH_COLLATERAL: 400,
  TOO_MANY_WAITING: 429,
  ISSUING_STOPPED: 503,
  REPAIR_REFUSED: 409,
  BUSY: 503,
  RETRY: 409,
};

/** A body that is JSON and does not have the demanded members. */
export class BodyShapeError extends FourMicaError<'BODY_SHAPE', object> {}

const ANSWER_OF_DATABASE_FAILURE: Readonly<Record<DatabaseFailure, ErrorAnswer>> = {
  conflict: { status: 409, text: 'request failed, please retry' },
  unavailable: { status: 503, text: 'the database does not answer, please retry later' },
};

/** Says what a client hears about the core's own errors; undefined for others. */
export function answerOf(error: unknown): ErrorAnswer | undefined {
  if (error instanceof AuthRefusalError) return answerOfAuthRefusal(error);
  if (error instanceof RefusalError) return { status: STATUS_OF_REFUSAL[error.code], text: error.message };
  if (error instanceof BodyShapeError) return { status: 422, text: error.message };
  const failure = databaseFailureOf(error);
  return failure && ANSWER_OF_DATABASE_FAILURE[failure];
}

const TEXT_OF_FIELD: Readonly<Record<string, string>> = {
  user_address: 'invalid user address',
  recipient_address: 'invalid recipient address',
  asset_address: 'invalid asset address',
  erc20_token: 'invalid asset address',
};

/**
 * Says how a body failed its schema: a missing or wrongly typed member is a matter of shape (422), text that is none of
 * the value it should be is an invalid parameter (400).
 */
export function bodyError(error: ValidationError): RefusalError | BodyShapeError {
  const issue = error.cause instanceof z.core.$ZodError ? error.cause.issues[0] : undefined;
  if (issue?.code !== 'custom') {
    return new BodyShapeError('BODY_SHAPE', error.message, error.context, { cause: error });
  }
  const field = String(issue.path.at(-1));
  return refusal('INVALID_PARAMETER', TEXT_OF_FIELD[field] ?? error.message, error.context, error);
}

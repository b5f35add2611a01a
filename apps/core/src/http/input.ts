import {
  type Address,
  parseU256,
  parseWireAddress,
  parseWith,
  type SettlementStatus,
  SettlementStatusSchema,
  ValidationError,
} from '@fourmica/core-types';
import { errorCodes, type FastifyRequest } from 'fastify';
import type * as z from 'zod';
import { refusal } from '../domain/refusal.js';
import { bodyError } from './errors.js';

/**
 * Reads the body of a request with a schema.
 *
 * @throws RefusalError or BodyShapeError
 */
export function readBody<Schema extends z.core.$ZodType>(
  request: FastifyRequest,
  schema: Schema,
): z.output<Schema> {
  if (request.body === undefined) throw new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE();
  try {
    return parseWith(schema, request.body, 'body');
  } catch (error) {
    throw error instanceof ValidationError ? bodyError(error) : error;
  }
}

/** Reads a 256-bit id in a path, decimal or hex. */
export function pathId(request: FastifyRequest, name: string): bigint {
  const text = pathText(request, name);
  try {
    return parseU256(text, name);
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    const message = `invalid 256-bit value ${text}: expected ${error.context.expected}`;
    throw refusal('INVALID_PARAMETER', message, error.context, error);
  }
}

/** Reads an address in a path; `what` names it in the refusal, such as `recipient`. */
export function pathAddress(request: FastifyRequest, name: string, what: string): Address {
  try {
    return parseWireAddress(pathText(request, name), name);
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    throw refusal('INVALID_PARAMETER', `invalid ${what} address`, error.context, error);
  }
}

/** Reads the repeatable, case-insensitive `settlement_status` of a query; none = all. */
export function settlementStatuses(request: FastifyRequest): SettlementStatus[] {
  const { settlement_status: given } = request.query as Readonly<Record<string, unknown>>;
  if (given === undefined) return [];
  return [given].flat().map((value) => {
    const status = SettlementStatusSchema.options.find((option) => option === String(value).toUpperCase());
    if (status === undefined) throw refusal('INVALID_PARAMETER', `invalid settlement status: ${value}`);
    return status;
  });
}

function pathText(request: FastifyRequest, name: string): string {
  return String((request.params as Readonly<Record<string, unknown>>)[name] ?? '');
}

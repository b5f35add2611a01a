import { FourMicaError } from '@fourmica/core-types';

/** Postgres type oids whose values are read as bigint. */
export const INT8_OID = 20;
export const NUMERIC_OID = 1700;

/**
 * Reads an integer column exactly.
 *
 * @throws FourMicaError when a numeric column holds a fraction, which no column of the ledger may.
 */
export function parseIntegerColumn(text: string): bigint {
  if (!/^-?[0-9]+$/.test(text)) {
    throw new FourMicaError('DATABASE_VALUE_INVALID', `expected an integer column, got ${text}`, { text });
  }
  return BigInt(text);
}

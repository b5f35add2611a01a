import type { Address } from '@fourmica/core-types';

/** An answer of `/verify` to a good payment. */
export const verifiedAnswer = (payer: Address, alreadyIssued: boolean): Record<string, unknown> => ({
  isValid: true,
  invalidReason: null,
  payer,
  ...(alreadyIssued ? { extra: { alreadyIssued: true } } : {}),
});

/** An answer of `/verify` to a bad payment. */
export const refusedAnswer = (invalidReason: string, invalidMessage?: string): Record<string, unknown> => ({
  isValid: false,
  invalidReason,
  ...(invalidMessage === undefined ? {} : { invalidMessage }),
});

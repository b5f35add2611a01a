import type { Bls, VerificationErrorCode } from '@fourmica/bls-cert';

/** A call of one of the functions of {@link Bls} in a worker thread. */
export type PoolTask = {
  [Name in keyof Bls]: { readonly name: Name; readonly args: Parameters<Bls[Name]> };
}[keyof Bls];

/** A `VerificationError` as data, because an error would lose its code on the way. */
export interface Refusal {
  readonly code: VerificationErrorCode;
  readonly message: string;
}

/** What a worker answers; refusals inside a list of verdicts travel as data too. */
export type PoolOutcome = { readonly value: unknown } | { readonly refusal: Refusal };

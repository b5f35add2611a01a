import type { VerificationErrorCode } from '../errors.js';

/** Work that is done in a worker thread. */
export type PoolTask =
  | { readonly kind: 'sign'; readonly secretKey: Uint8Array; readonly message: Uint8Array }
  | {
      readonly kind: 'verify';
      readonly publicKey: Uint8Array;
      readonly message: Uint8Array;
      readonly signature: Uint8Array;
    };

/** What a worker answers. A refusal travels as data, because an error would lose its code on the way. */
export type PoolOutcome =
  | { readonly ok: true; readonly value: Uint8Array | boolean }
  | { readonly ok: false; readonly code: VerificationErrorCode; readonly message: string };

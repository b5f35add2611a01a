import * as z from 'zod/mini';
import type { Address } from './address.js';
import type { Bytes32, Hex } from './hex.js';
import { stripHexPrefix } from './hex.js';
import type { ValidationPolicy } from './request-claims.js';

/** The members that certificates of both versions have. */
export interface CertifiedPayment {
  /** Guarantee domain: binds the certificate to chain, contract and version. */
  readonly domain: Bytes32;
  readonly tabId: bigint;
  readonly reqId: bigint;
  /** The payer. */
  readonly userAddress: Address;
  readonly recipientAddress: Address;
  /** Amount of this request, in base units of the asset. */
  readonly amount: bigint;
  /** Running total of the tab including this request, in base units of the asset. */
  readonly totalAmount: bigint;
  readonly assetAddress: Address;
  /** Timestamp of the request claims in unix seconds; the window for remuneration counts from it. */
  readonly timestamp: bigint;
}

export interface CertificateClaimsV1 extends CertifiedPayment {
  readonly version: 1;
}

export interface CertificateClaimsV2 extends CertifiedPayment, ValidationPolicy {
  readonly version: 2;
}

/** What a guarantee certificate says. */
export type CertificateClaims = CertificateClaimsV1 | CertificateClaimsV2;

/** A guarantee certificate: ABI-encoded claims and the operator's BLS12-381 signature over them. */
export interface BLSCert {
  /** `abi.encode(uint64 version, bytes innerClaims)` as `0x` hex. */
  readonly claims: Hex;
  /** 96 bytes, compressed G2 point, as `0x` hex. */
  readonly signature: Hex;
}

const MAX_CLAIMS_HEX = 2 + 2 * 4096;

const hexText = (maxLength: number) =>
  z.codec(
    z
      .string()
      .check(
        z.maxLength(maxLength),
        z.regex(/^(?:0x)?(?:[0-9a-f]{2})+$/i, 'expected an even number of hex digits'),
      ),
    z.custom<Hex>(),
    { decode: (text) => `0x${stripHexPrefix(text).toLowerCase()}` as Hex, encode: (hex) => hex },
  );

/** A certificate in a message: hex text with or without `0x`; kept and emitted lower case with `0x`. */
export const BLSCertSchema = z.object({ claims: hexText(MAX_CLAIMS_HEX), signature: hexText(2 + 2 * 96) });

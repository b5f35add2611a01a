import * as z from 'zod/mini';
import type { Address } from './address.js';
import { attempt } from './attempt.js';
import { type BLSCert, BLSCertSchema } from './certificate.js';
import { stripHexPrefix } from './hex.js';
import { LowerCaseAddressSchema, SecondsSchema, U256Schema } from './schema.js';
import { parseStrictJson } from './strict-json.js';
import { type TabInfo, TabInfoSchema } from './tab.js';

/** An issued guarantee. */
export interface GuaranteeInfo {
  readonly tabId: bigint;
  readonly reqId: bigint;
  /** Guarantee version of the certificate. */
  readonly version: number;
  /** The payer. */
  readonly fromAddress: Address;
  readonly toAddress: Address;
  readonly assetAddress: Address;
  /** Amount of this request in base units, not the running total. */
  readonly amount: bigint;
  /** Timestamp of the claims in unix seconds. */
  readonly timestamp: number;
  /** Null when the caller may not see it, or when it is not signed yet. */
  readonly certificate: BLSCert | null;
}

/** The certificate member: a JSON document inside a string, with hex that carries no `0x`. */
const CertificateTextSchema = z.codec(z.string().check(z.maxLength(20_000)), BLSCertSchema, {
  decode: (text, payload) =>
    attempt(() => parseStrictJson(text, 'certificate') as z.input<typeof BLSCertSchema>, text, payload),
  encode: (cert) =>
    JSON.stringify({ claims: stripHexPrefix(cert.claims), signature: stripHexPrefix(cert.signature) }),
});

/** An issued guarantee as the core answers it, and as {@link GuaranteeInfo}. */
export const GuaranteeInfoSchema = z.codec(
  z.object({
    tab_id: U256Schema,
    req_id: U256Schema,
    version: SecondsSchema,
    from_address: LowerCaseAddressSchema,
    to_address: LowerCaseAddressSchema,
    asset_address: LowerCaseAddressSchema,
    amount: U256Schema,
    start_timestamp: SecondsSchema,
    certificate: z.nullable(CertificateTextSchema),
  }),
  z.custom<GuaranteeInfo>(),
  {
    decode: (wire) => ({
      tabId: wire.tab_id,
      reqId: wire.req_id,
      version: wire.version,
      fromAddress: wire.from_address,
      toAddress: wire.to_address,
      assetAddress: wire.asset_address,
      amount: wire.amount,
      timestamp: wire.start_timestamp,
      certificate: wire.certificate,
    }),
    encode: (info) => ({
      tab_id: info.tabId,
      req_id: info.reqId,
      version: info.version,
      from_address: info.fromAddress,
      to_address: info.toAddress,
      asset_address: info.assetAddress,
      amount: info.amount,
      start_timestamp: info.timestamp,
      certificate: info.certificate,
    }),
  },
);

/** A tab that is still owed, with its newest guarantee. */
export interface PendingRemunerationInfo {
  readonly tab: TabInfo;
  readonly latestGuarantee: GuaranteeInfo | null;
}

/** An entry of `/core/recipients/{recipient}/pending-remunerations`. */
export const PendingRemunerationInfoSchema = z.codec(
  z.object({ tab: TabInfoSchema, latest_guarantee: z.nullable(GuaranteeInfoSchema) }),
  z.custom<PendingRemunerationInfo>(),
  {
    decode: (wire) => ({ tab: wire.tab, latestGuarantee: wire.latest_guarantee }),
    encode: (info) => ({ tab: info.tab, latest_guarantee: info.latestGuarantee }),
  },
);

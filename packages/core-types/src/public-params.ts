import * as z from 'zod/mini';
import type { Address } from './address.js';
import { type Bytes32, hexToBytes } from './hex.js';
import { Bytes32Schema, SecondsSchema, U64Schema, WireAddressSchema } from './schema.js';

/** The request-hash canonicalisation that this implementation knows; claims for any other must not be built. */
export const VALIDATION_HASH_CANONICALIZATION_VERSION = '4MICA_VALIDATION_REQUEST_V2';

/** What a core tells everybody about itself. */
export interface CorePublicParameters {
  /** Compressed BLS12-381 G1 public key of the operator, 48 bytes. */
  readonly publicKey: Uint8Array;
  readonly contractAddress: Address;
  /** Ethereum JSON-RPC URL offered to clients. */
  readonly ethereumHttpRpcUrl?: string | undefined;
  readonly eip712Name: string;
  readonly eip712Version: string;
  readonly chainId: bigint;
  readonly maxAcceptedGuaranteeVersion: number;
  /** Ascending; empty means 1 up to the maximum. */
  readonly acceptedGuaranteeVersions: readonly number[];
  /** Guarantee domain of the maximum version; undefined when the core does not tell. */
  readonly activeGuaranteeDomainSeparator?: Bytes32 | undefined;
  readonly trustedValidationRegistries: readonly Address[];
  readonly validationHashCanonicalizationVersion?: string | undefined;
}

/** Lists the guarantee versions that a core accepts, ascending. */
export const acceptedGuaranteeVersions = (params: CorePublicParameters): readonly number[] =>
  params.acceptedGuaranteeVersions.length > 0
    ? params.acceptedGuaranteeVersions
    : Array.from({ length: params.maxAcceptedGuaranteeVersion }, (_, i) => i + 1);

const PUBLIC_KEY_LENGTH = 48;
const byte = z.number().check(z.int(), z.minimum(0), z.maximum(255));
const hexKey = z.string().check(z.regex(/^(?:0x)?[0-9a-f]{96}$/i, 'expected 48 bytes as 96 hex digits'));
const PublicKeySchema = z.codec(
  z.union([z.array(byte).check(z.length(PUBLIC_KEY_LENGTH)), hexKey]),
  z.custom<Uint8Array>(),
  {
    decode: (key) => (typeof key === 'string' ? hexToBytes(key, 'public_key') : Uint8Array.from(key)),
    encode: (key) => Array.from(key),
  },
);

const emptyIsAbsent = z.optional(
  z.codec(z.union([z.literal(''), Bytes32Schema]), z.optional(z.custom<Bytes32>()), {
    decode: (text) => (text === '' ? undefined : text),
    encode: (bytes) => bytes ?? '',
  }),
);

/** Answer of `GET /core/public-params`, and as {@link CorePublicParameters}. */
export const CorePublicParametersSchema = z.codec(
  z.object({
    public_key: PublicKeySchema,
    contract_address: WireAddressSchema,
    ethereum_http_rpc_url: z.optional(z.string()),
    eip712_name: z.string().check(z.minLength(1)),
    eip712_version: z.string().check(z.minLength(1)),
    chain_id: U64Schema,
    max_accepted_guarantee_version: z._default(SecondsSchema, 1),
    accepted_guarantee_versions: z._default(z.array(SecondsSchema), []),
    active_guarantee_domain_separator: emptyIsAbsent,
    trusted_validation_registries: z._default(z.array(WireAddressSchema), []),
    validation_hash_canonicalization_version: z.optional(z.string()),
  }),
  z.custom<CorePublicParameters>(),
  {
    decode: (wire) => ({
      publicKey: wire.public_key,
      contractAddress: wire.contract_address,
      ethereumHttpRpcUrl: wire.ethereum_http_rpc_url || undefined,
      eip712Name: wire.eip712_name,
      eip712Version: wire.eip712_version,
      chainId: wire.chain_id,
      maxAcceptedGuaranteeVersion: wire.max_accepted_guarantee_version,
      acceptedGuaranteeVersions: wire.accepted_guarantee_versions,
      activeGuaranteeDomainSeparator: wire.active_guarantee_domain_separator,
      trustedValidationRegistries: wire.trusted_validation_registries,
      validationHashCanonicalizationVersion: wire.validation_hash_canonicalization_version,
    }),
    encode: (params) => ({
      public_key: params.publicKey,
      contract_address: params.contractAddress,
      ethereum_http_rpc_url: params.ethereumHttpRpcUrl,
      eip712_name: params.eip712Name,
      eip712_version: params.eip712Version,
      chain_id: params.chainId,
      max_accepted_guarantee_version: params.maxAcceptedGuaranteeVersion,
      accepted_guarantee_versions: [...params.acceptedGuaranteeVersions],
      active_guarantee_domain_separator: params.activeGuaranteeDomainSeparator,
      trusted_validation_registries: [...params.trustedValidationRegistries],
      validation_hash_canonicalization_version: params.validationHashCanonicalizationVersion,
    }),
  },
);

/** A token that the contract takes as collateral. */
export interface SupportedToken {
  readonly symbol: string;
  readonly address: Address;
  readonly decimals: number;
}

/** Answer of `GET /core/tokens`. */
export const SupportedTokensSchema = z.codec(
  z.object({
    chain_id: U64Schema,
    tokens: z.array(z.object({ symbol: z.string(), address: WireAddressSchema, decimals: byte })),
  }),
  z.custom<{ readonly chainId: bigint; readonly tokens: readonly SupportedToken[] }>(),
  {
    decode: (wire) => ({ chainId: wire.chain_id, tokens: wire.tokens }),
    encode: (response) => ({ chain_id: response.chainId, tokens: [...response.tokens] }),
  },
);

const CheckSchema = z.enum(['ok', 'fail']);

/** Answer of `GET /core/health`. */
export const CoreHealthSchema = z.object({ status: CheckSchema, db: CheckSchema, chain_rpc: CheckSchema });
export type CoreHealth = z.infer<typeof CoreHealthSchema>;

/**
 * Answer of `GET /core/ready`, with status 503 unless everything is `ok`: the database answers, the ledger is as new as
 * issuing needs it, and nothing else stops issuing.
 */
export const CoreReadinessSchema = z.object({
  status: CheckSchema,
  db: CheckSchema,
  chain_view: CheckSchema,
  issuing: CheckSchema,
});
export type CoreReadiness = z.infer<typeof CoreReadinessSchema>;

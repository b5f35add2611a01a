import {
  type Address,
  type Bytes32,
  type Caip2,
  type Clock,
  chainIdOfNetwork,
  ETH_ASSET,
  type GuaranteeVersion,
  parseAddress,
  parseNetwork,
  parseU256,
  type UintLike,
} from '@fourmica/core-types';
import { asMessageError, X402Error } from '../errors.js';
import { type OfferedValidationPolicy, readValidationPolicy } from '../validation-policy.js';
import type { CertificateStore } from './certificate-store.js';
import type { FacilitatorClient, FacilitatorClientOptions } from './facilitator-client.js';
import { parseRoutePattern, type RoutePattern } from './route-pattern.js';

/** Who may see certificates: `open` everybody, `strict` the recipient only, `auto` what the contract allows. */
export type CertificateVisibility = 'auto' | 'strict' | 'open';

/** A price of a route. */
export interface OfferConfig {
  /** CAIP-2 id or known name. */
  readonly network: string;
  /** Recipient of the money. */
  readonly payTo: string;
  /** Base units of the asset (wei for ETH); never a decimal fraction. */
  readonly price: UintLike;
  /** Token contract; absent or the zero address is ETH. */
  readonly asset?: string | undefined;
  /** Versions of x402 that the offer is made in; default what the facilitator takes, 2 alone with a validation policy. */
  readonly x402Versions?: readonly (1 | 2)[] | undefined;
  /** Time that the payer has, in seconds; default 300. */
  readonly maxTimeoutSeconds?: number | undefined;
  /** Life of tabs in seconds; default what the payer asks for, else the core's default. */
  readonly ttlSeconds?: number | undefined;
  /** Validation that has to pass before the payment can be claimed. */
  readonly validation?: Readonly<Record<string, unknown>> | undefined;
}

/** A paid route. */
export interface RouteConfig {
  readonly offers: readonly OfferConfig[];
  /** Default is the route's pattern; never empty, because published clients take an empty text for a missing one. */
  readonly description?: string | undefined;
  /** Default `application/json`. */
  readonly mimeType?: string | undefined;
  /** `after` (default): work first, buffered; `before`: money first, the response may stream. */
  readonly settle?: 'before' | 'after' | undefined;
  /** Largest response that is buffered, in bytes; default 1 MiB. */
  readonly maxResponseBytes?: number | undefined;
}

/** What certificates are checked against, from the server's own configuration. */
export interface CertificateTrust {
  /** The operator's BLS12-381 public key, 48 bytes. */
  readonly publicKey: Uint8Array;
  /** Guarantee domains by version, as the contract holds them. */
  readonly domains: Partial<Record<GuaranteeVersion, Bytes32>>;
}

/** Settings of a payment gate. */
export interface PaymentGateConfig {
  readonly facilitator: FacilitatorClient | FacilitatorClientOptions;
  /** Paid routes by method and path: `GET /premium`, `POST /items/:id`, `GET /files/*`, `* /any`. */
  readonly routes: Readonly<Record<string, RouteConfig>>;
  /** Origin under which payers reach this server; default is what the request names. */
  readonly publicUrl?: string | undefined;
  /** Path of the tab endpoint; default `/x402/tab`. */
  readonly tabPath?: string | undefined;
  /** Default keeps certificates in memory, where they are lost with the process. */
  readonly certificateStore?: CertificateStore | undefined;
  /** With it, the gate verifies every certificate itself before it serves. */
  readonly trust?: CertificateTrust | undefined;
  /** False lets responses go although the facilitator keeps the certificate back; default true. */
  readonly requireCertificate?: boolean | undefined;
  /** Default `auto`. */
  readonly certificateVisibility?: CertificateVisibility | undefined;
  /** `remunerationGracePeriod` of the contract in seconds; default is what the facilitator tells. */
  readonly remunerationGracePeriod?: bigint | undefined;
  readonly clock?: Clock | undefined;
  /** Told of failures that the payer only sees as 5xx. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** A checked offer. */
export interface GateOffer {
  readonly network: Caip2;
  readonly payTo: Address;
  readonly asset: Address;
  readonly price: bigint;
  readonly x402Versions: readonly (1 | 2)[];
  /** True when the versions are whatever the facilitator takes. */
  readonly isVersionOpen: boolean;
  readonly maxTimeoutSeconds: number;
  readonly ttlSeconds: number | undefined;
  readonly policy: OfferedValidationPolicy | undefined;
  /** 2 exactly when the offer has a validation policy. */
  readonly guaranteeVersion: GuaranteeVersion;
}

/** A checked route. */
export interface GateRoute {
  readonly pattern: RoutePattern;
  readonly offers: readonly GateOffer[];
  readonly description: string;
  readonly mimeType: string;
  readonly settle: 'before' | 'after';
  readonly maxResponseBytes: number;
}

const DEFAULT_TIMEOUT_SECONDS = 300;
const DEFAULT_MAX_RESPONSE_BYTES = 1024 * 1024;

/**
 * Checks the routes of a gate.
 *
 * @throws X402Error `CONFIG_INVALID` naming the member that is wrong.
 */
export function parseRoutes(routes: PaymentGateConfig['routes']): readonly GateRoute[] {
  const entries = Object.entries(routes);
  if (entries.length === 0) throw configError('routes', 'routes: expected at least one paid route');
  return entries.map(([key, route]) => parseRoute(key, route));
}

/**
 * Checks offers.
 *
 * @throws X402Error `CONFIG_INVALID` naming the member that is wrong.
 */
export const parseOffers = (offers: readonly OfferConfig[], field = 'offers'): readonly GateOffer[] =>
  offers.map((offer, index) => parseOffer(offer, `${field}.${index}`));

function parseRoute(key: string, route: RouteConfig): GateRoute {
  if (route.offers.length === 0)
    throw configError(key, `routes["${key}"].offers: expected at least one offer`);
  return {
    pattern: parseRoutePattern(key),
    offers: parseOffers(route.offers, `routes["${key}"].offers`),
    description: route.description || key,
    mimeType: route.mimeType || 'application/json',
    settle: route.settle ?? 'after',
    maxResponseBytes: route.maxResponseBytes ?? DEFAULT_MAX_RESPONSE_BYTES,
  };
}

function parseOffer(offer: OfferConfig, field: string): GateOffer {
  try {
    const price = parseU256(offer.price, `${field}.price`);
    if (price === 0n) throw configError(field, `${field}.price: expected more than 0`);
    const chainId = chainIdOfNetwork(offer.network, `${field}.network`);
    const policy = readConfiguredPolicy(offer, chainId, field);
    const x402Versions = offer.x402Versions ?? (policy === undefined ? [1, 2] : [2]);
    if (policy !== undefined && x402Versions.includes(1)) {
      throw configError(field, `${field}.x402Versions: a validation policy needs version 2 alone`);
    }
    return {
      network: parseNetwork(offer.network, `${field}.network`),
      payTo: parseAddress(offer.payTo, `${field}.payTo`),
      asset: offer.asset === undefined ? ETH_ASSET : parseAddress(offer.asset, `${field}.asset`),
      price,
      x402Versions,
      isVersionOpen: offer.x402Versions === undefined && policy === undefined,
      maxTimeoutSeconds: offer.maxTimeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS,
      ttlSeconds: offer.ttlSeconds,
      policy,
      guaranteeVersion: policy === undefined ? 1 : 2,
    };
  } catch (error) {
    throw asMessageError(error, 'CONFIG_INVALID');
  }
}

function readConfiguredPolicy(
  { validation }: OfferConfig,
  chainId: bigint,
  field: string,
): OfferedValidationPolicy | undefined {
  try {
    return readValidationPolicy(validation, chainId);
  } catch (error) {
    if (!(error instanceof X402Error)) throw error;
    throw configError(field, `${field}.validation: ${error.message}`);
  }
}

const configError = (field: string, message: string): X402Error =>
  new X402Error('CONFIG_INVALID', message, { field });

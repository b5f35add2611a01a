import {
  ConfigAddressSchema,
  caip2OfChainId,
  chainIdOfNetwork,
  isLocalChain,
  parseWith,
  ValidationError,
} from '@fourmica/core-types';
import * as z from 'zod';

const httpUrl = z.string().refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), {
  error: 'expected an http(s) URL',
});
const caip2 = z
  .string()
  .regex(/^eip155:(?:0|[1-9][0-9]{0,31})$/, { error: 'expected a CAIP-2 id such as "eip155:84532"' })
  .transform((text) => caip2OfChainId(chainIdOfNetwork(text)));
const privateKey = z
  .string()
  .regex(/^(?:0x)?[0-9a-fA-F]{64}$/, { error: 'expected 32 bytes as 64 hex digits' });

/** Travels in a header, also as a bearer token. */
const secretText = z
  .string()
  .regex(/^[\x21-\x7e]{16,}$/, { error: 'expected at least 16 characters, without blanks' });
const perMinute = z.number().int().nonnegative().optional();

/** Settings of one network, with their checks. */
export const NetworkConfigSchema = z
  .object({
    /** CAIP-2 id. */
    network: caip2,
    /** Base URL of the network's core. */
    coreApiUrl: httpUrl,
    /** Wallet that logs in at the core, with the role of a facilitator; absent = anonymous. */
    authWalletPrivateKey: privateKey.optional(),
    /** Default is the core's URL. */
    authUrl: httpUrl.optional(),
    /** Seconds before the end of an access token at which it is renewed; default 60. */
    authRefreshMarginSecs: z.number().nonnegative().optional(),
    /** Ethereum node; default is the one that the core publishes. */
    rpcUrl: httpUrl.optional(),
  })
  .refine(
    ({ authWalletPrivateKey: key, authUrl, authRefreshMarginSecs }) =>
      key !== undefined || (authUrl ?? authRefreshMarginSecs) === undefined,
    {
      error: 'expected authWalletPrivateKey too, because authUrl or authRefreshMarginSecs is set',
    },
  );

export const FacilitatorConfigSchema = z.object({
  host: z.string().min(1),
  /** 0 takes a free port. */
  port: z.number().int().min(0).max(65_535),
  /** The first one is the default of `/tabs`. */
  networks: z.array(NetworkConfigSchema).min(1, { error: 'expected at least one network' }),
  /** Callers must send one of them; absent or empty = open. */
  apiKeys: z.array(secretText).optional(),
  /** Asset of `/tabs` requests that name none; default ETH. */
  assetAddress: z.optional(ConfigAddressSchema),
  certificateVisibility: z.enum(['auto', 'strict', 'open']),
  /** Default `4mica-credit`. */
  scheme: z.string().min(1).optional(),
  /** Limit of each call of a core in milliseconds; default 10,000. */
  coreTimeoutMs: z.number().int().positive().optional(),
  /** How often parameters of cores and contracts are read again, in milliseconds; default 60,000. */
  refreshIntervalMs: z.number().int().positive().optional(),
  /** Proxies whose word about the client's address counts: addresses and ranges, or their number; absent = nobody's. */
  trustedProxies: z.union([z.number().int().positive(), z.array(z.string())]).optional(),
  /** Requests per minute, 0 = any number; by default nothing is limited where every network is one for development. */
  rateLimits: z
    .object({
      /** Of a client address without a key; default 1,200. */
      address: perMinute,
      /** Of an API key; default 60,000. */
      key: perMinute,
    })
    .optional(),
  /** Origins whose pages may call; `*` = every one, absent = none. */
  corsOrigins: z.array(z.string()).optional(),
  /** Token with which `/metrics` is read; without one the route does not exist. */
  metricsToken: secretText.optional(),
});

/** Settings of a facilitator. */
export type FacilitatorConfig = z.input<typeof FacilitatorConfigSchema>;
/** Settings of one network of a facilitator. */
export type NetworkConfig = z.output<typeof NetworkConfigSchema>;
/** Settings of a facilitator, checked. */
export type ParsedFacilitatorConfig = z.output<typeof FacilitatorConfigSchema>;

/** Requests per minute that a facilitator answers; 0 = any number. Each process counts for itself. */
export interface RequestLimits {
  readonly address: number;
  readonly key: number;
}

export const DEFAULT_REQUEST_LIMITS: RequestLimits = { address: 1_200, key: 60_000 };

/** The limits that apply to a facilitator. */
export function requestLimitsOf({ networks, rateLimits }: ParsedFacilitatorConfig): RequestLimits {
  const isLocal = networks.every(({ network }) => isLocalChain(chainIdOfNetwork(network)));
  const { address, key } = isLocal ? { address: 0, key: 0 } : DEFAULT_REQUEST_LIMITS;
  return { address: rateLimits?.address ?? address, key: rateLimits?.key ?? key };
}

/**
 * Checks the settings of a facilitator.
 *
 * @throws ValidationError naming the setting that is wrong; keys are not repeated.
 */
export function parseFacilitatorConfig(config: unknown): ParsedFacilitatorConfig {
  try {
    return parseWith(FacilitatorConfigSchema, config, 'config');
  } catch (error) {
    if (!(error instanceof ValidationError) || !SECRET_SETTING.test(error.context.field)) throw error;
    throw new ValidationError(error.context.field, '(hidden)', error.context.expected);
  }
}

const SECRET_SETTING = /privateKey|apiKeys|metricsToken|rpcUrl/i;

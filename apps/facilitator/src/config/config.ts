import {
  ConfigAddressSchema,
  caip2OfChainId,
  chainIdOfNetwork,
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

const NetworkSchema = z
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
  networks: z.array(NetworkSchema).min(1, { error: 'expected at least one network' }),
  /** Callers must send one of them; absent or empty = open. */
  apiKeys: z.array(z.string().min(1)).optional(),
  /** Asset of `/tabs` requests that name none; default ETH. */
  assetAddress: z.optional(ConfigAddressSchema),
  certificateVisibility: z.enum(['auto', 'strict', 'open']),
  /** Default `4mica-credit`. */
  scheme: z.string().min(1).optional(),
  /** Limit of each call of a core in milliseconds; default 10,000. */
  coreTimeoutMs: z.number().int().positive().optional(),
  /** How often parameters of cores and contracts are read again, in milliseconds; default 60,000. */
  refreshIntervalMs: z.number().int().positive().optional(),
});

/** Settings of a facilitator. */
export type FacilitatorConfig = z.input<typeof FacilitatorConfigSchema>;
/** Settings of one network of a facilitator. */
export type NetworkConfig = z.output<typeof NetworkSchema>;
/** Settings of a facilitator, checked. */
export type ParsedFacilitatorConfig = z.output<typeof FacilitatorConfigSchema>;

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

const SECRET_SETTING = /privateKey|apiKeys/i;

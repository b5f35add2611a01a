import { type Address, isLocalChain } from '@fourmica/core-types';
import type { TrustedProxies } from '@fourmica/http-service';
import type { AuthSettings } from '../auth/index.js';
import type { DatabaseConfig } from '../store/database.js';

/** When a block counts as final: by the node's own word, or by a number of blocks on top of it. */
export type Confirmation =
  | { readonly mode: 'finalized' | 'safe' }
  | { readonly mode: 'depth'; readonly depth: number };

/** Who sees certificates: `auto` is `open` on contracts that pay incrementally and `strict` elsewhere. */
export type CertificateVisibility = 'auto' | 'strict' | 'open';

/** Requests per minute that a core answers; 0 = any number. Each process counts for itself. */
export interface RequestLimits {
  /** Login requests of a client address. */
  readonly login: number;
  /** Requests of a client address that come without a valid access token. */
  readonly address: number;
  /** Requests of a logged-in wallet. */
  readonly wallet: number;
  /** Requests of a wallet with the facilitator role. */
  readonly facilitator: number;
}

/** Settings of a core. Durations in the unit of their name. */
export interface CoreConfig {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly chainId: bigint;
  /** Node that the core itself uses, or several: the next one is asked when one does not answer. */
  readonly ethereumHttpRpcUrl: string | readonly string[];
  /** Node that clients are pointed to; absent = none is published. */
  readonly publicEthereumHttpRpcUrl?: string | undefined;
  readonly contractAddress: Address;
  /** Block in which the contract was deployed; the chain is read from there. */
  readonly contractDeployBlock: number;
  /** Account that records payments, 32 bytes of hex. */
  readonly operatorPrivateKey: string;
  /** Key that signs certificates, 32 bytes of hex. */
  readonly blsSecretKey: string;
  /** Default `4mica`. */
  readonly eip712Name?: string | undefined;
  /** Default `1`. */
  readonly eip712Version?: string | undefined;
  /** Default only version 1. */
  readonly acceptedGuaranteeVersions?: readonly number[] | undefined;
  /** Registries of version 2 policies; empty trusts every one. */
  readonly trustedValidationRegistries?: readonly Address[] | undefined;
  readonly authMode: 'required' | 'optional';
  readonly auth?: AuthSettings | undefined;
  /** Wallets that get the facilitator role at their first start; an entry that exists is not changed. */
  readonly facilitatorAddresses?: readonly Address[] | undefined;
  /** The same for the admin role. */
  readonly adminAddresses?: readonly Address[] | undefined;
  /** Seed of an admin API key that exists from the start, at least 32 bytes. */
  readonly adminSeedKey?: string | undefined;
  readonly database: DatabaseConfig;
  readonly confirmation: Confirmation;
  /** Pause between two looks at the chain; default 5,000. */
  readonly scanIntervalMs?: number | undefined;
  readonly certificateVisibility: CertificateVisibility;
  /** Issuing stops when the newest block taken in is older than this; default 3,600. */
  readonly maxChainViewAgeSecs?: number | undefined;
  /** How far ahead of the core's clock claims may be; default 5. */
  readonly clockToleranceSecs?: number | undefined;
  /** How old the first claims of a tab may be; default: the ttl of the tab. */
  readonly firstClaimsMaxAgeSecs?: number | undefined;
  /** How long a request waits for its predecessors, in milliseconds; default 2,000. */
  readonly earlyRequestMaxWaitMs?: number | undefined;
  /** Added to a certificate's window before the lock of an unpaid tab is released; default 3,600. */
  readonly expirySafetyMarginSecs?: number | undefined;
  /** Proxies whose word about the client's address counts; absent = nobody's. */
  readonly trustedProxies?: TrustedProxies;
  /** Default {@link DEFAULT_REQUEST_LIMITS}; on a development chain nothing is limited by default. */
  readonly rateLimits?: Partial<RequestLimits> | undefined;
  /** Origins whose pages may call the core from a browser; `*` = every one, absent = none. */
  readonly corsOrigins?: readonly string[] | undefined;
  /** Token with which `/metrics` is read; without one the route does not exist. */
  readonly metricsToken?: string | undefined;
  /** Blocks per request for logs; default 1,000. */
  readonly maxLogBlockRange?: number | undefined;
  /** Blocks taken in as final that a reorganisation may take back without an operator; default 128. */
  readonly maxReorgDepth?: number | undefined;
  /** Milliseconds after which a record transaction that is not mined gets higher fees; default 60,000. */
  readonly recordFeeBumpMs?: number | undefined;
  /** The most to pay per gas for a record, in wei; absent = what the node suggests, and what it takes to be mined. */
  readonly recordMaxFeePerGas?: bigint | undefined;
  /** A payment that is not recorded after this time is an alarm; default 3,600. */
  readonly recordAlarmSecs?: number | undefined;
  /** An operator account with less wei is an alarm; default 0.05 ETH. */
  readonly operatorMinBalance?: bigint | undefined;
}

export const DEFAULT_REQUEST_LIMITS: RequestLimits = {
  login: 30,
  address: 600,
  wallet: 3_000,
  facilitator: 60_000,
};
const NO_LIMITS: RequestLimits = { login: 0, address: 0, wallet: 0, facilitator: 0 };

/** The limits that apply to a core. */
export const requestLimitsOf = ({ chainId, rateLimits }: CoreConfig): RequestLimits => ({
  ...(isLocalChain(chainId) ? NO_LIMITS : DEFAULT_REQUEST_LIMITS),
  ...rateLimits,
});

export const DEFAULT_SCAN_INTERVAL_MS = 5_000;
export const DEFAULT_MAX_CHAIN_VIEW_AGE_SECS = 3_600;
export const DEFAULT_CLOCK_TOLERANCE_SECS = 5;
export const DEFAULT_EARLY_REQUEST_MAX_WAIT_MS = 2_000;
export const DEFAULT_EXPIRY_SAFETY_MARGIN_SECS = 3_600;
export const DEFAULT_MAX_LOG_BLOCK_RANGE = 1_000;
export const DEFAULT_MAX_REORG_DEPTH = 128;
export const DEFAULT_RECORD_FEE_BUMP_MS = 60_000;
export const DEFAULT_RECORD_ALARM_SECS = 3_600;
export const DEFAULT_OPERATOR_MIN_BALANCE = 50_000_000_000_000_000n;
export const DEFAULT_EIP712_NAME = '4mica';
export const DEFAULT_EIP712_VERSION = '1';

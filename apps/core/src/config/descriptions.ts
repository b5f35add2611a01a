import { SERVICE_SETTINGS, type SettingDescriptions } from '@fourmica/http-service';

/** Every setting of a core, in the order of the operator's table. */
export const CORE_SETTINGS = {
  SERVER_HOST: { fallback: '127.0.0.1', meaning: 'address to listen on' },
  SERVER_PORT: { fallback: '3000', meaning: 'port to listen on' },
  ETHEREUM_CHAIN_ID: { fallback: '1', meaning: 'chain id; the node has to be on it' },
  ETHEREUM_HTTP_RPC_URL: {
    isSecret: true,
    meaning:
      'required: Ethereum node that the core reads and writes with, or several, comma-separated, of which the first that answers is used',
  },
  PUBLIC_ETHEREUM_HTTP_RPC_URL: {
    meaning: 'Ethereum node that clients are pointed to; never one with a key',
  },
  ETHEREUM_CONTRACT_ADDRESS: { meaning: 'required: address of the Core4Mica contract' },
  CONTRACT_DEPLOY_BLOCK: { meaning: 'required: block of its deployment; the chain is read from there' },
  ETHEREUM_PRIVATE_KEY: {
    isSecret: true,
    meaning:
      'required: account that records payments, 32 bytes of hex; it needs the operator role and some ETH',
  },
  BLS_PRIVATE_KEY: {
    isSecret: true,
    meaning:
      'required: key that signs certificates, 32 bytes of hex; the contract has to know its public key',
  },
  EIP712_NAME: { fallback: '4mica', meaning: 'name of the domain in which payers sign' },
  EIP712_VERSION: { fallback: '1', meaning: 'version of that domain' },
  GUARANTEE_REQUEST_VERSION: { fallback: '1', meaning: 'highest guarantee version that is accepted, 1 or 2' },
  GUARANTEE_ACCEPTED_REQUEST_VERSIONS: {
    fallback: 'all up to the highest',
    meaning: 'guarantee versions that are accepted, comma-separated',
  },
  TRUSTED_VALIDATION_REGISTRIES: {
    meaning: 'registries of version 2 policies, comma-separated; required when version 2 is accepted',
  },
  VALIDATION_HASH_CANONICALIZATION_VERSION: {
    fallback: '4MICA_VALIDATION_REQUEST_V2',
    meaning: 'no other value is supported',
  },
  DATABASE_URL: {
    isSecret: true,
    meaning:
      'Postgres server, `postgres://user:password@host:5432/name`; without it the core keeps an embedded database',
  },
  DATABASE_MAX_CONNECTIONS: { fallback: '16', meaning: 'Postgres connections of this process' },
  CORE_DATA_DIR: {
    fallback: './4mica-core-data',
    meaning: 'directory of the embedded database; for a single process',
  },
  AUTH_MODE: {
    fallback: 'required',
    meaning:
      '`optional` takes a caller without a token for an anonymous one with every non-administrative right',
  },
  AUTH_JWT_SECRET: {
    isSecret: true,
    meaning:
      'secret of access tokens, at least 32 bytes; required when logins are; the same in every process',
  },
  AUTH_JWT_ISSUER: { fallback: '4mica-core', meaning: '`iss` of access tokens' },
  AUTH_JWT_AUDIENCE: { fallback: '4mica', meaning: '`aud` of access tokens' },
  AUTH_ACCESS_TTL_SECS: { fallback: '900', meaning: 'life of an access token' },
  AUTH_REFRESH_TTL_SECS: { fallback: '2592000', meaning: 'life of a refresh token, anew with each refresh' },
  AUTH_NONCE_TTL_SECS: { fallback: '300', meaning: 'life of a login challenge' },
  AUTH_SIWE_DOMAIN: { fallback: 'SERVER_HOST', meaning: 'host that login messages name; the public one' },
  AUTH_SIWE_URI: {
    fallback: 'http://domain:SERVER_PORT',
    meaning: 'URL that login messages name; the public one, without a slash at the end',
  },
  AUTH_SIWE_STATEMENT: { fallback: 'Sign in to 4mica.', meaning: 'sentence of login messages' },
  AUTH_DEFAULT_SCOPES: {
    fallback: 'tab:create,tab:read,guarantee:issue',
    meaning: 'scopes of wallets that have no entry in the role table',
  },
  AUTH_NONCE_LIMIT_PER_ADDRESS: {
    fallback: '20',
    meaning: 'unused login challenges that one client may hold for one wallet',
  },
  AUTH_NONCE_LIMIT_PER_CLIENT: {
    fallback: '300',
    meaning: 'unused login challenges that one client may hold',
  },
  AUTH_FACILITATOR_ADDRESSES: {
    meaning: 'wallets that get the facilitator role at the first start, comma-separated',
  },
  AUTH_ADMIN_ADDRESSES: { meaning: 'wallets that get the admin role at the first start, comma-separated' },
  CORE_ADMIN_SEED_KEY: {
    isSecret: true,
    meaning: 'seed of the first admin API key, at least 32 bytes; `4mica admin-key` shows the key',
  },
  CONFIRMATION_MODE: {
    fallback: 'finalized',
    meaning: 'when a block counts: `finalized`, `safe` or `depth`',
  },
  NUMBER_OF_BLOCKS_TO_CONFIRM: { fallback: '20', meaning: 'blocks on top, with `depth`' },
  FINALIZED_HEAD_DEPTH: { fallback: '0', meaning: 'above 0 the same as `depth` with that number of blocks' },
  CHAIN_SCAN_INTERVAL_MS: { fallback: '5000', meaning: 'pause between two looks at the chain' },
  ETHEREUM_MAX_LOG_BLOCK_RANGE: { fallback: '1000', meaning: 'blocks per request for events' },
  MAX_CHAIN_VIEW_AGE_SECS: {
    fallback: '3600',
    meaning: 'issuing stops when what the core knows of the chain is older',
  },
  MAX_REORG_DEPTH: {
    fallback: '128',
    meaning: 'blocks taken in as final that a reorganisation may take back without an operator',
  },
  RECORD_FEE_BUMP_SECS: {
    fallback: '60',
    meaning: 'a record transaction that is not mined for so long is replaced by one with higher fees',
  },
  RECORD_MAX_FEE_GWEI: {
    meaning: 'the most to pay per gas for a record, in gwei; without it ten times what the node suggests',
  },
  RECORD_ALARM_SECS: {
    fallback: '3600',
    meaning: 'a payment that is not recorded for so long is an alarm; longer than a block takes to be final',
  },
  OPERATOR_MIN_BALANCE_ETH: {
    fallback: '0.05',
    meaning: 'less ETH on the account that records payments is an alarm',
  },
  CLAIMS_CLOCK_TOLERANCE_SECS: { fallback: '5', meaning: "how far claims may be ahead of the core's clock" },
  FIRST_CLAIMS_MAX_AGE_SECS: {
    fallback: 'the ttl of the tab',
    meaning: 'how old the first claims of a tab may be; the window to claim a certificate counts from them',
  },
  EARLY_REQUEST_MAX_WAIT_MS: { fallback: '2000', meaning: 'how long a request waits for its predecessors' },
  EXPIRY_SAFETY_MARGIN_SECS: {
    fallback: '3600',
    meaning: "added to a certificate's window before the lock of an unpaid tab is released",
  },
  CERTIFICATE_VISIBILITY: {
    fallback: 'auto',
    meaning:
      '`strict` hides certificates from payers and anonymous callers, `open` shows them, `auto` by the contract',
  },
  TRUST_PROXY: {
    meaning:
      'proxies whose `x-forwarded-for` counts: addresses, ranges, `loopback`, `linklocal`, `uniquelocal`, or their number; without it headers are ignored',
  },
  RATE_LIMIT_LOGIN: {
    fallback: '30',
    meaning: 'login requests per minute and client address; 0 = unlimited',
  },
  RATE_LIMIT_ADDRESS: {
    fallback: '600',
    meaning: 'requests without a valid token per minute and client address; 0 = unlimited',
  },
  RATE_LIMIT_WALLET: { fallback: '3000', meaning: 'requests per minute and logged-in wallet; 0 = unlimited' },
  RATE_LIMIT_FACILITATOR: { fallback: '60000', meaning: 'the same for wallets with the facilitator role' },
  ...SERVICE_SETTINGS,
} as const satisfies SettingDescriptions;

/** Name of a setting of a core. */
export type CoreSetting = keyof typeof CORE_SETTINGS;

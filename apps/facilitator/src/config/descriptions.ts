import { SERVICE_SETTINGS, type SettingDescriptions } from '@fourmica/http-service';

/** Every setting of a facilitator, in the order of the operator's table. */
export const FACILITATOR_SETTINGS = {
  HOST: { fallback: '0.0.0.0', meaning: 'address to listen on' },
  PORT: { fallback: '8080', meaning: 'port to listen on' },
  X402_NETWORKS: {
    isSecret: true,
    meaning:
      'JSON array of `{network, coreApiUrl, rpcUrl?, authWalletPrivateKey?, authUrl?, authRefreshMarginSecs?}`; the first one is the default of `/tabs`',
  },
  X402_NETWORK: {
    fallback: 'eip155:11155111',
    meaning: 'the only network, without `X402_NETWORKS`; CAIP-2 or a known name',
  },
  X402_CORE_API_URL: { fallback: 'that of a known network', meaning: 'URL of its core' },
  X402_RPC_URL: {
    isSecret: true,
    fallback: 'the one that the core publishes',
    meaning: 'its Ethereum node',
  },
  X402_AUTH_WALLET_PRIVATE_KEY: {
    isSecret: true,
    meaning: 'wallet that logs in at cores, 32 bytes of hex; it needs their facilitator role',
  },
  X402_AUTH_URL: { fallback: 'URL of the core', meaning: 'where the wallet logs in' },
  X402_AUTH_REFRESH_MARGIN_SECS: {
    fallback: '60',
    meaning: 'how long before its end an access token is renewed',
  },
  X402_GUARANTEE_DOMAIN: { meaning: 'not supported: domains are read from the contract of each network' },
  FOUR_MICA_GUARANTEE_DOMAIN: { meaning: 'not supported, as the one above' },
  X402_DEBIT_URL: { meaning: 'not supported: payments of the scheme `exact` are not forwarded' },
  X402_CONFIG_PATH: { meaning: 'not supported: payments of the scheme `exact` are not settled here' },
  X402_SCHEME: { fallback: '4mica-credit', meaning: 'name of the scheme' },
  ASSET_ADDRESS: { fallback: 'ETH', meaning: 'asset of `/tabs` requests that name none' },
  FACILITATOR_API_KEYS: {
    isSecret: true,
    meaning:
      'keys of the resource servers, comma-separated, at least 16 characters each; sent as `x-api-key` or bearer token; empty = open to everybody',
  },
  CERTIFICATE_VISIBILITY: {
    fallback: 'auto',
    meaning:
      '`strict` shows certificates only to callers with a key, `open` to everybody, `auto` by the contract of the network',
  },
  X402_CORE_TIMEOUT_MS: { fallback: '10000', meaning: 'limit of a call of a core' },
  X402_REFRESH_INTERVAL_MS: {
    fallback: '60000',
    meaning: 'how often keys, domains and parameters are read again',
  },
  TRUST_PROXY: {
    meaning:
      'proxies whose `x-forwarded-for` counts: addresses, ranges, `loopback`, `linklocal`, `uniquelocal`, or their number; without it headers are ignored',
  },
  RATE_LIMIT_ADDRESS: {
    fallback: '1200',
    meaning: 'requests without a key per minute and client address; 0 = unlimited',
  },
  RATE_LIMIT_KEY: { fallback: '60000', meaning: 'requests per minute and key; 0 = unlimited' },
  ...SERVICE_SETTINGS,
} as const satisfies SettingDescriptions;

/** Name of a setting of a facilitator. */
export type FacilitatorSetting = keyof typeof FACILITATOR_SETTINGS;

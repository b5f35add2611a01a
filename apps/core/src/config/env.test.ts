import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFAULT_REQUEST_LIMITS, requestLimitsOf } from './config.js';
import { CORE_SETTINGS } from './descriptions.js';
import { coreConfigFromEnv, logLevelFromEnv } from './env.js';

const KEY = `0x${'01'.repeat(32)}`;
const env = {
  ETHEREUM_HTTP_RPC_URL: 'http://127.0.0.1:8545',
  ETHEREUM_CONTRACT_ADDRESS: '0x5FbDB2315678afecb367f032d93F642f64180aa3',
  ETHEREUM_CHAIN_ID: '31337',
  CONTRACT_DEPLOY_BLOCK: '7',
  ETHEREUM_PRIVATE_KEY: KEY,
  BLS_PRIVATE_KEY: KEY,
  AUTH_MODE: 'optional',
};

describe('settings from the environment', () => {
  it('has the documented defaults', () => {
    expect(coreConfigFromEnv(env)).toMatchObject({
      host: '127.0.0.1',
      port: 3000,
      chainId: 31337n,
      contractDeployBlock: 7,
      acceptedGuaranteeVersions: [1],
      trustedValidationRegistries: [],
      authMode: 'optional',
      auth: { jwtSecret: undefined, defaultScopes: undefined },
      facilitatorAddresses: [],
      database: { kind: 'pglite', dataDir: './4mica-core-data' },
      confirmation: { mode: 'finalized' },
      certificateVisibility: 'auto',
    });
  });

  it('reads the prefixed names too, and refuses two different values', () => {
    expect(coreConfigFromEnv({ ...env, '4MICA_SERVER_PORT': '4000' }).port).toBe(4000);
    expect(coreConfigFromEnv({ ...env, FOURMICA_SERVER_PORT: '4000', SERVER_PORT: '4000' }).port).toBe(4000);
    expect(() => coreConfigFromEnv({ ...env, FOURMICA_SERVER_PORT: '1', SERVER_PORT: '2' })).toThrow(
      'SERVER_PORT',
    );
  });

  it('S-10: takes chain ids of up to 64 bits, which is what certificates hold', () => {
    const key = '0123456789abcdef'.repeat(4);
    const chainId = (text: string) =>
      coreConfigFromEnv({ ...env, ETHEREUM_CHAIN_ID: text, ETHEREUM_PRIVATE_KEY: key, BLS_PRIVATE_KEY: key })
        .chainId;
    expect(chainId('18446744073709551615')).toBe(2n ** 64n - 1n);
    expect(() => chainId('18446744073709551616')).toThrow('ETHEREUM_CHAIN_ID');
  });

  it('reads one Ethereum node or several', () => {
    const urls = (text: string) =>
      coreConfigFromEnv({ ...env, ETHEREUM_HTTP_RPC_URL: text }).ethereumHttpRpcUrl;
    expect(urls('https://a.example/key')).toEqual(['https://a.example/key']);
    expect(urls('https://a.example, http://127.0.0.1:8545')).toEqual([
      'https://a.example',
      'http://127.0.0.1:8545',
    ]);
  });

  it('demands a login secret unless logins are optional', () => {
    const { AUTH_MODE: _, ...required } = env;
    expect(() => coreConfigFromEnv(required)).toThrow('AUTH_JWT_SECRET');
    expect(coreConfigFromEnv({ ...required, AUTH_JWT_SECRET: 'x'.repeat(32) })).toMatchObject({
      authMode: 'required',
      auth: { jwtSecret: 'x'.repeat(32) },
    });
  });

  it.each([
    ['SERVER_PORT', '65536'],
    ['SERVER_PORT', '80 80'],
    ['ETHEREUM_CHAIN_ID', '-1'],
    ['ETHEREUM_HTTP_RPC_URL', 'ftp://127.0.0.1'],
    ['ETHEREUM_HTTP_RPC_URL', ''],
    ['ETHEREUM_HTTP_RPC_URL', 'http://127.0.0.1:8545,ftp://127.0.0.1'],
    ['ETHEREUM_CONTRACT_ADDRESS', '0x5FbDB2315678afecb367f032d93F642f64180AA3'],
    ['CONTRACT_DEPLOY_BLOCK', ''],
    ['CONTRACT_DEPLOY_BLOCK', '1.5'],
    ['ETHEREUM_PRIVATE_KEY', '0x1234'],
    ['BLS_PRIVATE_KEY', `${KEY}00`],
    ['AUTH_MODE', 'off'],
    ['AUTH_FACILITATOR_ADDRESSES', '0x12'],
    ['AUTH_ACCESS_TTL_SECS', '0'],
    ['CORS_ORIGINS', 'https://app.example/path'],
    ['DATABASE_URL', 'mysql://127.0.0.1/x'],
    ['CONFIRMATION_MODE', 'latest'],
    ['CERTIFICATE_VISIBILITY', 'public'],
    ['GUARANTEE_ACCEPTED_REQUEST_VERSIONS', '1,3'],
    ['GUARANTEE_ACCEPTED_REQUEST_VERSIONS', '2'],
    ['TRUSTED_VALIDATION_REGISTRIES', '0x12'],
    ['VALIDATION_HASH_CANONICALIZATION_VERSION', '4MICA_VALIDATION_REQUEST_V1'],
    ['PUBLIC_ETHEREUM_HTTP_RPC_URL', 'node.example'],
    ['TRUST_PROXY', 'true'],
    ['RATE_LIMIT_LOGIN', 'none'],
    ['METRICS_TOKEN', 'short'],
  ])('refuses %s=%s and names it', (name, value) => {
    expect(() => coreConfigFromEnv({ ...env, [name]: value })).toThrow(name);
  });

  it('demands registries when version 2 is accepted', () => {
    const second = { ...env, GUARANTEE_REQUEST_VERSION: '2' };
    expect(() => coreConfigFromEnv(second)).toThrow('TRUSTED_VALIDATION_REGISTRIES');
    const registry = '0xabCDEF1234567890ABcDEF1234567890aBCDeF12';
    expect(coreConfigFromEnv({ ...second, TRUSTED_VALIDATION_REGISTRIES: registry })).toMatchObject({
      acceptedGuaranteeVersions: [1, 2],
      trustedValidationRegistries: [registry],
    });
  });

  it('takes every secret from a file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'fourmica-env-'));
    const values: Readonly<Record<string, string>> = {
      ETHEREUM_HTTP_RPC_URL: 'http://127.0.0.1:1/with-a-key',
      ETHEREUM_PRIVATE_KEY: KEY,
      BLS_PRIVATE_KEY: KEY,
      DATABASE_URL: 'postgres://core:password@db.example/ledger',
      AUTH_JWT_SECRET: '5b7a0f1e9c3d486277b1a0c4e2f89d36',
      CORE_ADMIN_SEED_KEY: 'a seed of an admin key that nobody else knows',
      METRICS_TOKEN: 'token-of-the-monitoring',
    };
    const secrets = Object.entries(CORE_SETTINGS).flatMap(([name, setting]) =>
      'isSecret' in setting ? [name] : [],
    );
    expect(Object.keys(values)).toEqual(expect.arrayContaining(secrets));
    try {
      const files = secrets.map((name) => {
        writeFileSync(join(folder, name), `${values[name]}\n`);
        return [`${name}_FILE`, join(folder, name)];
      });
      const { ETHEREUM_PRIVATE_KEY: _, BLS_PRIVATE_KEY: __, ETHEREUM_HTTP_RPC_URL: ___, ...others } = env;
      const fromFiles = coreConfigFromEnv({ ...others, ...Object.fromEntries(files) });
      expect(fromFiles).toEqual(coreConfigFromEnv({ ...env, ...values }));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('refuses keys that can be guessed, unless the chain is one for development', () => {
    const strong = `0x${'0123456789abcdef'.repeat(4)}`;
    const real = {
      ...env,
      ETHEREUM_CHAIN_ID: '84532',
      ETHEREUM_PRIVATE_KEY: strong,
      BLS_PRIVATE_KEY: strong,
    };
    expect(coreConfigFromEnv(real)).toMatchObject({ blsSecretKey: strong });
    for (const name of ['ETHEREUM_PRIVATE_KEY', 'BLS_PRIVATE_KEY']) {
      expect(() => coreConfigFromEnv({ ...real, [name]: KEY })).toThrow(/_KEY: expected 32 random bytes/);
    }
  });

  it('limits requests on real chains, and on others when it is told to', () => {
    const limits = (changes: object) => requestLimitsOf(coreConfigFromEnv({ ...env, ...changes }));
    const none = { login: 0, address: 0, wallet: 0, facilitator: 0 };
    expect(limits({})).toEqual(none);
    expect(limits({ RATE_LIMIT_WALLET: '7' })).toEqual({ ...none, wallet: 7 });
    const real = { ...coreConfigFromEnv(env), chainId: 84532n };
    expect(requestLimitsOf(real)).toEqual(DEFAULT_REQUEST_LIMITS);
    expect(requestLimitsOf({ ...real, rateLimits: { login: 0 } })).toEqual({
      ...DEFAULT_REQUEST_LIMITS,
      login: 0,
    });
  });

  it('C-44: reads how records are paid for and when to raise the alarm', () => {
    const read = (more: object) => coreConfigFromEnv({ ...env, ...more });
    expect(
      read({
        RECORD_FEE_BUMP_SECS: '30',
        RECORD_MAX_FEE_GWEI: '12.5',
        RECORD_ALARM_SECS: '600',
        OPERATOR_MIN_BALANCE_ETH: '0.25',
      }),
    ).toMatchObject({
      recordFeeBumpMs: 30_000,
      recordMaxFeePerGas: 12_500_000_000n,
      recordAlarmSecs: 600,
      operatorMinBalance: 250_000_000_000_000_000n,
    });
    for (const text of ['1e9', '-1', '.5', '1,5', '0x10']) {
      expect(() => read({ RECORD_MAX_FEE_GWEI: text })).toThrow(/RECORD_MAX_FEE_GWEI.*gwei/);
    }
  });

  it('logs as much as it is told to', () => {
    expect(logLevelFromEnv({})).toBe('info');
    expect(logLevelFromEnv({ LOG_LEVEL: 'WARN' })).toBe('warn');
    expect(() => logLevelFromEnv({ LOG_LEVEL: 'loud' })).toThrow('LOG_LEVEL');
  });

  it('never repeats a secret', () => {
    const secret = 'zz'.repeat(32);
    for (const name of ['ETHEREUM_PRIVATE_KEY', 'BLS_PRIVATE_KEY']) {
      expect(() => coreConfigFromEnv({ ...env, [name]: secret })).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining('zz') }),
      );
    }
  });
});

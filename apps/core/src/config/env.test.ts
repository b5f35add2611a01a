import { describe, expect, it } from 'vitest';
import { coreConfigFromEnv } from './env.js';

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

  it('never repeats a secret', () => {
    const secret = 'zz'.repeat(32);
    for (const name of ['ETHEREUM_PRIVATE_KEY', 'BLS_PRIVATE_KEY']) {
      expect(() => coreConfigFromEnv({ ...env, [name]: secret })).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining('zz') }),
      );
    }
  });
});

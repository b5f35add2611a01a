import { describe, expect, it } from 'vitest';
import { DEFAULT_REQUEST_LIMITS, requestLimitsOf } from './config.js';
import { facilitatorConfigFromEnv } from './env.js';

const KEY = `0x${'01'.repeat(32)}`;
const one = { X402_NETWORK: 'eip155:31337', X402_CORE_API_URL: 'http://127.0.0.1:3000' };

describe('settings from the environment', () => {
  it('has the documented defaults', () => {
    expect(facilitatorConfigFromEnv({})).toMatchObject({
      host: '0.0.0.0',
      port: 8080,
      networks: [{ network: 'eip155:11155111', coreApiUrl: 'https://ethereum.sepolia.4mica.xyz/' }],
      apiKeys: [],
      certificateVisibility: 'auto',
    });
  });

  it('reads several networks, with the wallet as a fallback for each', () => {
    const networks = [
      { network: 'eip155:84532', coreApiUrl: 'https://a.example/' },
      { network: 'eip155:1', coreApiUrl: 'https://b.example/', authWalletPrivateKey: `0x${'02'.repeat(32)}` },
    ];
    const env = { X402_NETWORKS: JSON.stringify(networks), X402_AUTH_WALLET_PRIVATE_KEY: KEY };
    expect(facilitatorConfigFromEnv(env).networks.map((network) => network.authWalletPrivateKey)).toEqual([
      KEY,
      `0x${'02'.repeat(32)}`,
    ]);
  });

  it('takes the prefixed names too, and refuses two different values', () => {
    expect(facilitatorConfigFromEnv({ ...one, '4MICA_PORT': '9000' }).port).toBe(9000);
    const keys = ['key-of-the-first-shop', 'key-of-the-second-shop'];
    expect(
      facilitatorConfigFromEnv({ ...one, FACILITATOR_API_KEYS: ` ${keys[0]},, ${keys[1]}` }).apiKeys,
    ).toEqual(keys);
    expect(() => facilitatorConfigFromEnv({ ...one, FOURMICA_PORT: '1', PORT: '2' })).toThrow('PORT');
  });

  it.each(['80a', '-1', '65536', '8080.5', '0x50'])('F-12: refuses PORT=%s', (port) => {
    expect(() => facilitatorConfigFromEnv({ ...one, PORT: port })).toThrow(/^PORT: /);
  });

  it.each([
    [{ X402_NETWORKS: '[]' }, 'X402_NETWORKS'],
    [{ X402_NETWORKS: '{' }, 'X402_NETWORKS'],
    [{ X402_NETWORKS: '[{"network":"eip155:01","coreApiUrl":"http://a"}]' }, 'networks.0.network'],
    [{ X402_NETWORKS: '[{"network":"eip155:1"}]' }, 'networks.0.coreApiUrl'],
    [{ X402_NETWORK: 'eip155:424242' }, 'X402_CORE_API_URL'],
    [{ ...one, X402_AUTH_URL: 'http://127.0.0.1:1' }, 'authWalletPrivateKey'],
    [{ ...one, X402_AUTH_WALLET_PRIVATE_KEY: '0x1234' }, 'authWalletPrivateKey'],
    [{ ...one, ASSET_ADDRESS: '0x12' }, 'assetAddress'],
    [{ ...one, CERTIFICATE_VISIBILITY: 'public' }, 'CERTIFICATE_VISIBILITY'],
    [{ ...one, X402_GUARANTEE_DOMAIN: KEY }, 'X402_GUARANTEE_DOMAIN'],
    [{ ...one, FACILITATOR_API_KEYS: 'key of the first shop' }, 'apiKeys'],
    [{ ...one, METRICS_TOKEN: 'short' }, 'metricsToken'],
    [{ ...one, TRUST_PROXY: 'yes' }, 'TRUST_PROXY'],
    [{ ...one, CORS_ORIGINS: 'https://app.example/' }, 'CORS_ORIGINS'],
    [{ ...one, RATE_LIMIT_KEY: '-1' }, 'RATE_LIMIT_KEY'],
  ])('refuses %j and names the setting', (env, name) => {
    expect(() => facilitatorConfigFromEnv(env)).toThrow(name);
  });

  it('limits requests on real chains, and on others when it is told to', () => {
    const limits = (env: object) => requestLimitsOf(facilitatorConfigFromEnv({ ...one, ...env }));
    expect(limits({})).toEqual({ address: 0, key: 0 });
    expect(limits({ RATE_LIMIT_KEY: '5' })).toEqual({ address: 0, key: 5 });
    expect(limits({ X402_NETWORK: 'eip155:84532' })).toEqual(DEFAULT_REQUEST_LIMITS);
    expect(limits({ X402_NETWORK: 'eip155:84532', RATE_LIMIT_ADDRESS: '0' })).toEqual({
      ...DEFAULT_REQUEST_LIMITS,
      address: 0,
    });
  });

  it('never repeats a private key', () => {
    const secret = `${KEY}ff`;
    const attempt = () => facilitatorConfigFromEnv({ ...one, X402_AUTH_WALLET_PRIVATE_KEY: secret });
    expect(attempt).toThrow();
    expect(attempt).not.toThrow(secret.slice(2, 20));
  });
});

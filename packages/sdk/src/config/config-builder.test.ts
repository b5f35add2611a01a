import { inspect } from 'node:util';
import { Wallet } from 'ethers';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../errors.js';
import { ConfigBuilder } from './config-builder.js';

const KEY = `0x${'4c'.repeat(32)}`;

/** Builds and returns the error. */
function refusal(builder: () => ConfigBuilder): ConfigError {
  try {
    builder().build();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('expected a ConfigError');
}

describe('which core', () => {
  test.each([
    ['by default', new ConfigBuilder(), 'https://ethereum.sepolia.4mica.xyz/', 'eip155:11155111'],
    [
      'by shorthand',
      new ConfigBuilder().network('base-sepolia'),
      'https://base.sepolia.4mica.xyz/',
      'eip155:84532',
    ],
    [
      'by CAIP-2',
      new ConfigBuilder().network('eip155:84532'),
      'https://base.sepolia.4mica.xyz/',
      'eip155:84532',
    ],
    ['by URL', new ConfigBuilder().rpcUrl('http://localhost:3000'), 'http://localhost:3000', undefined],
    ['last call: URL', new ConfigBuilder().network('base-sepolia').rpcUrl('http://a'), 'http://a', undefined],
    [
      'last call: network',
      new ConfigBuilder().rpcUrl('http://a').network('base-sepolia'),
      'https://base.sepolia.4mica.xyz/',
      'eip155:84532',
    ],
  ])('T-15: %s', (_, builder, rpcUrl, network) => {
    expect(builder.build()).toMatchObject({ rpcUrl, network });
  });

  test('a network that does not exist, or that has no hosted core, is refused by name', () => {
    expect(refusal(() => new ConfigBuilder().network('base-seploia')).message).toContain('base-seploia');
    expect(refusal(() => new ConfigBuilder().network('polygon')).message).toMatch(/no hosted core.*rpcUrl/);
  });
});

describe('environment', () => {
  const build = (environment: Record<string, string>) => new ConfigBuilder().fromEnv(environment).build();

  test.each(['4MICA_', 'FOURMICA_'])('every variable is read with the prefix %s', (prefix) => {
    const config = build({
      [`${prefix}WALLET_PRIVATE_KEY`]: KEY.slice(2),
      [`${prefix}NETWORK`]: 'base-sepolia',
      [`${prefix}RPC_URL`]: 'https://core.example/4mica',
      [`${prefix}ETHEREUM_HTTP_RPC_URL`]: 'http://localhost:8545',
      [`${prefix}CONTRACT_ADDRESS`]: '0x5fbdb2315678afecb367f032d93f642f64180aa3',
      [`${prefix}AUTH_URL`]: 'https://auth.example/',
      [`${prefix}AUTH_REFRESH_MARGIN_SECS`]: '7.5',
      [`${prefix}ADMIN_API_KEY`]: 'ak_1',
    });
    expect(config).toMatchObject({
      walletPrivateKey: KEY,
      rpcUrl: 'https://core.example/4mica',
      network: undefined,
      ethereumHttpRpcUrl: 'http://localhost:8545',
      contractAddress: '0x5FbDB2315678afecb367f032d93F642f64180aa3',
      isAuthEnabled: true,
      authUrl: 'https://auth.example/',
      authRefreshMarginSecs: 7.5,
      adminApiKey: 'ak_1',
    });
  });

  test('both spellings may agree, and must not differ', () => {
    expect(build({ '4MICA_NETWORK': 'localnet', FOURMICA_NETWORK: 'localnet' }).network).toBe('eip155:31337');
    expect(() => build({ '4MICA_NETWORK': 'localnet', FOURMICA_NETWORK: 'base-sepolia' })).toThrow(
      /4MICA_NETWORK and FOURMICA_NETWORK/,
    );
  });

  test('R-4: an empty environment gives the same settings as none', () => {
    expect({ ...build({}) }).toEqual({ ...new ConfigBuilder().build() });
  });

  test('empty variables, as in a template, count as not set', () => {
    expect(build({ '4MICA_RPC_URL': '', '4MICA_AUTH_URL': ' ', FOURMICA_NETWORK: 'localnet' })).toMatchObject(
      {
        network: 'eip155:31337',
        isAuthEnabled: false,
      },
    );
  });

  test('what a setter was told wins, before and after', () => {
    const environment = { '4MICA_RPC_URL': 'http://environment', '4MICA_AUTH_URL': 'http://auth' };
    for (const builder of [
      new ConfigBuilder().network('localnet').authUrl('http://b').fromEnv(environment),
      new ConfigBuilder().fromEnv(environment).network('localnet').authUrl('http://b'),
    ]) {
      expect(builder.build()).toMatchObject({ network: 'eip155:31337', authUrl: 'http://b' });
    }
  });

  test.each([
    ['4MICA_RPCURL', '4MICA_RPC_URL'],
    ['FOURMICA_RPC_ULR', 'FOURMICA_RPC_URL'],
    ['FOUR_MICA_WALLET_PRIVATE_KEY', '4MICA_WALLET_PRIVATE_KEY'],
    ['4mica_network', '4MICA_NETWORK'],
  ])('the misspelt %s is refused and the right name told', (name, meant) => {
    const error = refusal(() => new ConfigBuilder().fromEnv({ [name]: 'x' }));
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', context: { field: name } });
    expect(error.message).toContain(meant);
  });

  test('variables of other programs are left alone', () => {
    const others = [
      '4MICA_PORT',
      'FOURMICA_X402_RPC_URL',
      '4MICA_ETHEREUM_WS_RPC_URL',
      '4MICA_CONTRACT_DEPLOY_BLOCK',
    ];
    const environment = Object.fromEntries(others.map((name) => [name, 'x']));
    expect({ ...build(environment) }).toEqual({ ...new ConfigBuilder().build() });
  });

  test('a wrong value is reported with the name of its variable', () => {
    const error = refusal(() => new ConfigBuilder().fromEnv({ FOURMICA_CONTRACT_ADDRESS: '0x12' }));
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', context: { field: '4MICA_CONTRACT_ADDRESS' } });
    expect(error.message).toContain('0x12');
  });
});

describe('auth', () => {
  test('is off unless something asks for it', () => {
    expect(new ConfigBuilder().build().isAuthEnabled).toBe(false);
    expect(new ConfigBuilder().enableAuth().build().isAuthEnabled).toBe(true);
    expect(new ConfigBuilder().authUrl('http://a').build().isAuthEnabled).toBe(true);
    expect(new ConfigBuilder().authRefreshMarginSecs(0).build().isAuthEnabled).toBe(true);
  });

  test('goes to the core, 60 seconds before the end, unless told otherwise', () => {
    const config = new ConfigBuilder().rpcUrl('http://core/x').enableAuth().build();
    expect(config).toMatchObject({ authUrl: 'http://core/x', authRefreshMarginSecs: 60 });
  });

  test('R-3: a fixed token replaces the login, with and without the word Bearer', () => {
    for (const token of ['abc', 'Bearer abc', 'bearer  abc ']) {
      const config = new ConfigBuilder().enableAuth().bearerToken(token).build();
      expect(config).toMatchObject({ bearerToken: 'abc', isAuthEnabled: false });
    }
  });
});

describe('refused values', () => {
  test.each([
    ['walletPrivateKey', () => new ConfigBuilder().walletPrivateKey('0x1234')],
    ['walletPrivateKey', () => new ConfigBuilder().walletPrivateKey('f'.repeat(64))],
    ['rpcUrl', () => new ConfigBuilder().rpcUrl('core.example')],
    ['rpcUrl', () => new ConfigBuilder().rpcUrl('ftp://core.example')],
    ['ethereumHttpRpcUrl', () => new ConfigBuilder().ethereumHttpRpcUrl('')],
    [
      'contractAddress',
      () => new ConfigBuilder().contractAddress('0x5fbdB2315678afecb367f032d93F642f64180aa3'),
    ],
    ['authRefreshMarginSecs', () => new ConfigBuilder().authRefreshMarginSecs(-1)],
    ['authRefreshMarginSecs', () => new ConfigBuilder().authRefreshMarginSecs(Number.POSITIVE_INFINITY)],
    ['authRefreshMarginSecs', () => new ConfigBuilder().authRefreshMarginSecs(Number.NaN)],
    ['bearerToken', () => new ConfigBuilder().bearerToken('two words')],
    ['requestTimeoutMs', () => new ConfigBuilder().requestTimeoutMs(-5)],
    ['requestTimeoutMs', () => new ConfigBuilder().requestTimeoutMs(0)],
    // What a variable that is not set gives.
    ['walletPrivateKey', () => new ConfigBuilder().walletPrivateKey(undefined as never)],
    ['contractAddress', () => new ConfigBuilder().contractAddress(undefined as never)],
    ['rpcUrl', () => new ConfigBuilder().rpcUrl(undefined as never)],
    ['network', () => new ConfigBuilder().network(undefined as never)],
    ['maxFeePerGas', () => new ConfigBuilder().maxFeePerGas('1e9')],
    ['evmSigner', () => new ConfigBuilder().evmSigner({} as never)],
  ])('%s', (field, builder) => {
    expect(refusal(builder)).toMatchObject({ code: 'CONFIG_INVALID', context: { field } });
  });

  test('secrets are not repeated', () => {
    const key = 'not-a-key-but-somebody-typed-it-here';
    expect(refusal(() => new ConfigBuilder().walletPrivateKey(key)).message).not.toContain(key);
    const url = 'wss://mainnet.example/v3/my-api-key';
    expect(refusal(() => new ConfigBuilder().ethereumHttpRpcUrl(url)).message).not.toContain('my-api-key');
  });
});

describe('the result', () => {
  const config = new ConfigBuilder()
    .walletPrivateKey(KEY)
    .adminApiKey('ak_secret')
    .bearerToken('token-secret')
    .evmSigner(new Wallet(KEY))
    .build();

  test('shows no secret in JSON or in a printout', () => {
    for (const text of [
      JSON.stringify(config),
      inspect(config, { depth: 9, showHidden: true }),
      String(config),
    ]) {
      expect(text).not.toMatch(/4c4c4c|ak_secret|token-secret/);
    }
  });

  test('cannot be changed', () => {
    expect(() => Object.assign(config, { rpcUrl: 'http://evil' })).toThrow(TypeError);
    expect(config.rpcUrl).toBe('https://ethereum.sepolia.4mica.xyz/');
  });
});

import { guaranteeDomain, loadBls, signCertificate } from '@fourmica/bls-cert';
import { type CertificateClaims, ETH_ASSET, type RequestClaims } from '@fourmica/core-types';
import {
  Client,
  ClientInitializationError,
  ConfigBuilder,
  ContractError,
  payerOfClient,
  RpcError,
  VerificationError,
} from '@fourmica/sdk';
import { freePort } from '@fourmica/test-support';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { announce } from './support/announcing-core.js';
import {
  BLS_SECRET_KEY,
  CHAIN_ID,
  OTHER_BLS_SECRET_KEY,
  PAYER,
  RECIPIENT,
  secretKeyBytes,
  TestChain,
} from './support/contract.js';
import { rejection } from './support/rejection.js';

let chain: TestChain;
let truth: Record<string, unknown>;
let contractAddress: string;

beforeAll(async () => {
  chain = await TestChain.start();
  const { address } = await chain.deploy();
  contractAddress = address;
  const bls = await loadBls();
  truth = {
    public_key: Array.from(bls.publicKeyOf(secretKeyBytes(BLS_SECRET_KEY))),
    contract_address: address,
    ethereum_http_rpc_url: chain.rpcUrl,
    eip712_name: '4mica',
    eip712_version: '1',
    chain_id: Number(CHAIN_ID),
    max_accepted_guarantee_version: 1,
    accepted_guarantee_versions: [1],
    active_guarantee_domain_separator: guaranteeDomain(1, CHAIN_ID, address),
    trusted_validation_registries: [],
    validation_hash_canonicalization_version: '4MICA_VALIDATION_REQUEST_V2',
  };
});
afterAll(() => chain.stop());

/** Creates a client of a core that announces the truth with some changes. */
async function connect(
  changes: Record<string, unknown> = {},
  configure: (builder: ConfigBuilder) => ConfigBuilder = (builder) => builder,
): Promise<Client> {
  const core = await announce({ ...truth, ...changes });
  try {
    return await Client.new(configure(new ConfigBuilder().rpcUrl(core.url)).build());
  } finally {
    await core.close();
  }
}

describe('a client is created when core, contract and configuration fit together', () => {
  test('with what the core offers, without any signer', async () => {
    const client = await connect();
    expect(client.params).toMatchObject({ chainId: CHAIN_ID, contractAddress, eip712Name: '4mica' });
    expect(client.guaranteeDomain).toBe(truth.active_guarantee_domain_separator);
    expect(client.activeGuaranteeVersion).toBe(1);
    expect(client.activeGuaranteeDomain).toBe(client.guaranteeDomain);
    expect(client.signer).toBeUndefined();
    expect(await rejection(client.user.deposit(1n))).toMatchObject({ code: 'SIGNER_REQUIRED' });
    expect(await rejection(client.user.getUser())).toMatchObject({ code: 'SIGNER_REQUIRED' });
    expect(() => payerOfClient(client)).toThrow(/a client with a signer/);
    await client.aclose();
    await client.aclose();
  });

  test('and is released at the end of an `await using` block', async () => {
    const client = await connect();
    await client[Symbol.asyncDispose]();
    await expect(client.gateway.blockTimestamp()).rejects.toThrow();
  });

  test('login and logout without auth say how to enable it', async () => {
    const client = await connect({}, (builder) => builder.walletPrivateKey(chain.privateKey(PAYER)));
    for (const call of [client.login(), client.logout()]) {
      const error = await rejection(call);
      expect(error).toMatchObject({ name: 'AuthMissingConfigError' });
      expect(error.message).toContain('enableAuth()');
    }
    await client.aclose();
  });
});

describe('a client is not created when', () => {
  test('build() was forgotten', async () => {
    const error = await rejection(Client.new(new ConfigBuilder() as never));
    expect(error).toMatchObject({ name: 'ConfigError', code: 'CONFIG_INVALID' });
    expect(error.message).toContain('build()');
  });

  test('the URL is not that of a core', async () => {
    const error = await rejection(Client.new(new ConfigBuilder().rpcUrl(chain.rpcUrl).build()));
    expect(error).toMatchObject({ name: 'RpcError', refusal: 'NOT_A_CORE' });
  });

  test('a wait option is misspelt', async () => {
    const wait = { timeout: 5 } as never;
    expect(await rejection(connect({}, (builder) => builder.receipt(wait)))).toMatchObject({
      context: { field: 'receipt.timeout' },
    });
  });

  test('a login is wanted and there is nobody to log in', async () => {
    expect(await rejection(connect({}, (builder) => builder.enableAuth()))).toMatchObject({
      name: 'ConfigError',
      code: 'SIGNER_REQUIRED',
    });
  });

  test.each([
    ['the core announces another chain', { chain_id: 1 }, 'CHAIN_ID_MISMATCH'],
    ['T-16: nobody names an Ethereum node', { ethereum_http_rpc_url: undefined }, 'ETHEREUM_RPC_URL_MISSING'],
    ['T-16: the node is an empty text', { ethereum_http_rpc_url: '' }, 'ETHEREUM_RPC_URL_MISSING'],
    ['the contract has no code', { contract_address: `0x${'ab'.repeat(20)}` }, 'CONTRACT_NOT_FOUND'],
    [
      'the announced domain is not the one of the contract',
      { active_guarantee_domain_separator: `0x${'12'.repeat(32)}` },
      'GUARANTEE_DOMAIN_MISMATCH',
    ],
    [
      'the contract does not accept an announced version',
      { max_accepted_guarantee_version: 2, accepted_guarantee_versions: [1, 2] },
      'GUARANTEE_VERSION_DISABLED',
    ],
    [
      'the core knows only versions that the client does not',
      { max_accepted_guarantee_version: 3, accepted_guarantee_versions: [3] },
      'GUARANTEE_VERSION_UNKNOWN',
    ],
  ])('%s', async (_, changes, code) => {
    const error = await rejection(connect(changes));
    expect(error).toBeInstanceOf(ClientInitializationError);
    expect(error).toMatchObject({ code });
  });

  test('the contract holds another key than the core signs with', async () => {
    const bls = await loadBls();
    const public_key = Array.from(bls.publicKeyOf(secretKeyBytes(OTHER_BLS_SECRET_KEY)));
    expect(await rejection(connect({ public_key }))).toMatchObject({ code: 'VERIFICATION_KEY_MISMATCH' });
  });

  test('the Ethereum node is not there', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const error = await rejection(connect({}, (builder) => builder.ethereumHttpRpcUrl(url)));
    expect(error).toMatchObject({ code: 'RPC_UNREACHABLE', cause: expect.any(ContractError) });
  });

  test('the core is not there', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const error = await rejection(
      Client.new(new ConfigBuilder().rpcUrl(url).requestTimeoutMs(2_000).build()),
    );
    expect(error).toBeInstanceOf(RpcError);
    expect(error).toMatchObject({ code: 'RPC_UNREACHABLE' });
  });

  test('T-24: the core announces another contract than the configured one', async () => {
    const other = await chain.deploy();
    const error = await rejection(connect({}, (builder) => builder.contractAddress(other.address)));
    expect(error).toMatchObject({ code: 'CONTRACT_MISMATCH', context: { configured: other.address } });
  });

  test('the core serves another network than the configured one', async () => {
    const core = await announce({ ...truth, chain_id: 1 });
    const redirected: typeof fetch = (url, init) =>
      fetch(String(url).replace('http://127.0.0.1:3000', core.url), init);
    const config = new ConfigBuilder()
      .network('localnet')
      .fetch(redirected as never)
      .build();
    expect(await rejection(Client.new(config))).toMatchObject({ code: 'NETWORK_MISMATCH' });
    await core.close();
  });

  test('T-13: a signing parameter is missing', async () => {
    for (const member of ['eip712_name', 'eip712_version', 'chain_id', 'public_key', 'contract_address']) {
      expect(await rejection(connect({ [member]: undefined })), member).toMatchObject({
        code: 'RPC_RESPONSE_INVALID',
      });
    }
  });
});

describe('T-1: verifyPaymentGuarantee', () => {
  const claims = (changes: Partial<CertificateClaims> = {}): CertificateClaims =>
    ({
      version: 1,
      domain: truth.active_guarantee_domain_separator,
      tabId: 1n,
      reqId: 0n,
      userAddress: chain.address(PAYER),
      recipientAddress: chain.address(RECIPIENT),
      amount: 10n,
      totalAmount: 10n,
      assetAddress: ETH_ASSET,
      timestamp: 1_700_000_000n,
      ...changes,
    }) as CertificateClaims;

  test('accepts what the operator signed for this contract', async () => {
    const client = await connect();
    const certificate = await signCertificate(secretKeyBytes(BLS_SECRET_KEY), claims());
    const verified = await client.recipient.verifyPaymentGuarantee(certificate);
    expect(verified).toEqual(claims());
    expect(JSON.parse(JSON.stringify(verified))).toMatchObject({ totalAmount: '0xa' });
    await client.aclose();
  });

  test('refuses a forged signature, altered claims and another domain', async () => {
    const client = await connect();
    const genuine = await signCertificate(secretKeyBytes(BLS_SECRET_KEY), claims());
    const larger = await signCertificate(secretKeyBytes(BLS_SECRET_KEY), claims({ totalAmount: 99n }));
    const forged = await signCertificate(secretKeyBytes(OTHER_BLS_SECRET_KEY), claims());
    const foreign = await signCertificate(
      secretKeyBytes(BLS_SECRET_KEY),
      claims({ domain: `0x${'34'.repeat(32)}` }),
    );
    const cases = [
      [forged, 'CERTIFICATE_SIGNATURE_INVALID'],
      [{ ...genuine, claims: larger.claims }, 'CERTIFICATE_SIGNATURE_INVALID'],
      [foreign, 'CERTIFICATE_DOMAIN_MISMATCH'],
      [{ ...genuine, claims: `0x${'00'.repeat(320)}` as const }, undefined],
    ] as const;
    for (const [certificate, code] of cases) {
      const error = await rejection(client.recipient.verifyPaymentGuarantee(certificate));
      expect(error).toBeInstanceOf(VerificationError);
      if (code !== undefined) expect(error).toMatchObject({ code });
    }
    await client.aclose();
  });

  test('refuses what was not requested, and totals that leave a payment out', async () => {
    const client = await connect();
    const sign = (changes: Partial<CertificateClaims>) =>
      signCertificate(secretKeyBytes(BLS_SECRET_KEY), claims({ tabId: 77n, ...changes }));
    const first = await sign({});
    const { domain: _domain, totalAmount: _total, ...requested } = claims({ tabId: 77n });
    expect(await client.recipient.verifyPaymentGuarantee(first, requested as RequestClaims)).toMatchObject({
      amount: 10n,
    });
    const other = { ...requested, amount: 11n } as RequestClaims;
    const refusals: [Promise<unknown>, string][] = [
      [client.recipient.verifyPaymentGuarantee(first, other), 'amount'],
      [client.recipient.verifyPaymentGuarantee(await sign({ amount: 0n, totalAmount: 0n })), 'amount'],
      [client.recipient.verifyPaymentGuarantee(await sign({ reqId: 1n, amount: 20n })), 'totalAmount'],
      [
        client.recipient.verifyPaymentGuarantee(await sign({ reqId: 1n, amount: 5n, totalAmount: 14n })),
        'totalAmount',
      ],
    ];
    for (const [verification, member] of refusals) {
      expect(await rejection(verification)).toMatchObject({
        code: 'CERTIFICATE_DIFFERS_FROM_REQUEST',
        context: { member },
      });
    }
    await client.recipient.verifyPaymentGuarantee(await sign({ reqId: 1n, amount: 5n, totalAmount: 15n }));
    await client.aclose();
  });

  test('follows the contract when the operator changes the key', async () => {
    const { address } = await chain.deploy();
    const domain = guaranteeDomain(1, CHAIN_ID, address);
    const client = await connect({ contract_address: address, active_guarantee_domain_separator: domain });
    const before = await signCertificate(secretKeyBytes(BLS_SECRET_KEY), claims({ domain }));
    const after = await signCertificate(secretKeyBytes(OTHER_BLS_SECRET_KEY), claims({ domain }));
    await client.recipient.verifyPaymentGuarantee(before);
    await chain.setVerificationKey(address, OTHER_BLS_SECRET_KEY);
    await client.recipient.verifyPaymentGuarantee(after);
    expect(await rejection(client.recipient.verifyPaymentGuarantee(before))).toMatchObject({
      code: 'CERTIFICATE_SIGNATURE_INVALID',
    });
    await client.aclose();
  });
});

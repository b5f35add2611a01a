import { contractSignatureVerdictArtifact } from '@fourmica/contracts/artifacts';
import {
  testContractWalletArtifact,
  testContractWalletFactoryArtifact,
} from '@fourmica/contracts/test-artifacts';
import { bytesToHex, type Hex, hexToBytes, parseAddress } from '@fourmica/core-types';
import {
  createRequestClaims,
  createValidatedRequestClaims,
  type Eip1193Provider,
  hashRequestClaims,
  hashRequestClaimsEip191,
  LocalAccountSigner,
  signRequestClaims,
  toCompactSignature,
} from '@fourmica/eip712-claims';
import {
  contractSignatureCall,
  isValidContractSignature,
  verifyRequestSignatureOnChain,
  wrapUndeployedSignature,
} from '@fourmica/eip712-claims/contract-wallets';
import { Wallet } from 'ethers';
import { createPublicClient, custom, serializeErc6492Signature } from 'viem';
import { verifyHash } from 'viem/actions';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Chain } from './support/chain.js';
import type { Deployed } from './support/deployed.js';

const owner = new Wallet(`0x${'01'.repeat(32)}`);
const stranger = new Wallet(`0x${'02'.repeat(32)}`);
const domain = { name: '4mica', version: '1', chainId: 31_337n };
const refusal = (code: string) => expect.objectContaining({ name: 'SigningError', code });

let chain: Chain;
let wallet: Deployed;
let factory: Deployed;
let provider: Eip1193Provider;
/** Where the factory would deploy the wallet of the owner. */
let future: string;
let restore: () => Promise<void>;

beforeAll(async () => {
  chain = await Chain.start();
  provider = { request: ({ method, params }) => chain.rpc(method, params as unknown[]) };
  wallet = await chain.deploy(testContractWalletArtifact, [owner.address]);
  factory = await chain.deploy(testContractWalletFactoryArtifact);
  future = (await factory.get('addressOf', owner.address)) as string;
  restore = await chain.checkpoint();
});
beforeEach(() => restore());
afterAll(() => chain.stop());

const payment = (payer: string) => ({
  userAddress: payer,
  recipientAddress: '0xabCDEF1234567890ABcDEF1234567890aBCDeF12',
  tabId: 42,
  reqId: 7,
  amount: 1000,
  timestamp: 1_736_000_000,
});
const policy = {
  validationRegistryAddress: `0x${'11'.repeat(20)}`,
  validationChainId: 31_337,
  validatorAddress: `0x${'22'.repeat(20)}`,
  validatorAgentId: 99,
  minValidationScore: 80,
  jobHash: `0x${'33'.repeat(32)}`,
};

/** Claims of a payer, signed by the key of an account. */
function signed(payer: string, by: Wallet = owner) {
  const claims = createRequestClaims(payment(payer));
  const signature = by.signingKey.sign(hashRequestClaims(domain, claims)).serialized as Hex;
  return { claims, signature, scheme: 'eip712' as const };
}

const wrapped = (signature: string, data = factory.encode('create', [owner.address])) =>
  wrapUndeployedSignature({
    factory: parseAddress(factory.address),
    factoryData: hexToBytes(data),
    signature: hexToBytes(signature),
  });

describe('verifyRequestSignatureOnChain', () => {
  it('accepts what the owner of a contract wallet signed, in both versions and schemes', async () => {
    const input = payment(wallet.address);
    for (const claims of [createRequestClaims(input), createValidatedRequestClaims(input, policy)]) {
      for (const scheme of ['eip712', 'eip191'] as const) {
        const digest =
          scheme === 'eip712' ? hashRequestClaims(domain, claims) : hashRequestClaimsEip191(claims);
        const signature = owner.signingKey.sign(digest).serialized as Hex;
        await verifyRequestSignatureOnChain(provider, domain, { claims, signature, scheme });
      }
    }
  });

  it('refuses another owner, other claims and another domain', async () => {
    const mismatch = refusal('SIGNATURE_SIGNER_MISMATCH');
    const good = signed(wallet.address);
    const other = { ...good, claims: { ...good.claims, amount: 1n } };
    const verify = (request: typeof good, within = domain) =>
      verifyRequestSignatureOnChain(provider, within, request);
    await expect(verify(signed(wallet.address, stranger))).rejects.toThrow(mismatch);
    await expect(verify(other)).rejects.toThrow(mismatch);
    await expect(verify(good, { ...domain, name: '4Mica' })).rejects.toThrow(mismatch);
    await verify(good);
  });

  it('accepts accounts without asking the node', async () => {
    const nobody: Eip1193Provider = { request: () => Promise.reject(new Error('nobody')) };
    const signer = new LocalAccountSigner(owner.privateKey);
    const claims = createRequestClaims(payment(signer.address));
    const { signature, scheme } = await signRequestClaims(signer, domain, claims);
    await verifyRequestSignatureOnChain(nobody, domain, { claims, signature, scheme });
    const compact = { claims, signature: toCompactSignature(signature), scheme };
    await verifyRequestSignatureOnChain(nobody, domain, compact, { allowCompact: true });
    await expect(verifyRequestSignatureOnChain(provider, domain, compact)).rejects.toThrow(
      refusal('SIGNATURE_SIGNER_MISMATCH'),
    );
  });

  it('refuses an account whose key did not sign', async () => {
    const request = signed(stranger.address);
    await expect(verifyRequestSignatureOnChain(provider, domain, request)).rejects.toThrow(
      refusal('SIGNATURE_SIGNER_MISMATCH'),
    );
  });

  it('refuses a provider of another chain, where somebody else may own the same address', async () => {
    const request = signed(wallet.address);
    await expect(
      verifyRequestSignatureOnChain(provider, { ...domain, chainId: 1n }, request),
    ).rejects.toThrow(refusal('CONTRACT_WALLET_WRONG_CHAIN'));
  });

  it('accepts a wallet that is not deployed yet, but only on request', async () => {
    const request = signed(future);
    const undeployed = { ...request, signature: wrapped(request.signature) };
    const allowed = { allowUndeployed: true };
    await verifyRequestSignatureOnChain(provider, domain, undeployed, allowed);
    expect(await chain.codeAt(future)).toBe('0x');
    for (const refused of [
      verifyRequestSignatureOnChain(provider, domain, undeployed),
      verifyRequestSignatureOnChain(provider, domain, request, allowed),
    ]) {
      await expect(refused).rejects.toThrow(refusal('SIGNATURE_SIGNER_MISMATCH'));
    }
    await factory.sendAs(chain.account(0), 'create', [owner.address]);
    await verifyRequestSignatureOnChain(provider, domain, undeployed, allowed);
    await verifyRequestSignatureOnChain(provider, domain, request);
  });

  it('refuses a wallet that is not deployed yet when another key signed or another wallet is deployed', async () => {
    const allowed = { allowUndeployed: true };
    const byStranger = signed(future, stranger).signature;
    const elsewhere = factory.encode('create', [stranger.address]);
    for (const signature of [
      wrapped(byStranger),
      wrapped(signed(future).signature, elsewhere),
      wrapped(signed(future).signature, '0x'),
    ]) {
      const request = { ...signed(future), signature };
      await expect(verifyRequestSignatureOnChain(provider, domain, request, allowed)).rejects.toThrow(
        refusal('SIGNATURE_SIGNER_MISMATCH'),
      );
    }
  });

  it('says that nothing is known when the node does not answer, in time or at all', async () => {
    const unknown = refusal('CONTRACT_WALLET_UNAVAILABLE');
    const cause = new Error('connection refused');
    const request = signed(wallet.address);
    const failing = (failed: string): Eip1193Provider => ({
      request: (asked) => (asked.method === failed ? Promise.reject(cause) : provider.request(asked)),
    });
    for (const method of ['eth_chainId', 'eth_call']) {
      const verification = verifyRequestSignatureOnChain(failing(method), domain, request);
      await expect(verification).rejects.toThrow(
        expect.objectContaining({ code: 'CONTRACT_WALLET_UNAVAILABLE', cause }),
      );
    }
    const silent: Eip1193Provider = { request: () => new Promise(() => undefined) };
    const impatient = { timeoutMs: 20 };
    await expect(verifyRequestSignatureOnChain(silent, domain, request, impatient)).rejects.toThrow(unknown);
    const strange: Eip1193Provider = {
      request: async ({ method }) => (method === 'eth_call' ? '0x' : '0x7a69'),
    };
    await expect(verifyRequestSignatureOnChain(strange, domain, request)).rejects.toThrow(unknown);
  });
});

describe('the question to a contract wallet', () => {
  const digest = new Uint8Array(32).fill(7);
  const signature = owner.signingKey.sign(digest).serialized;
  const isValid = (address: string, text = signature, allowUndeployed = false) =>
    isValidContractSignature(provider, parseAddress(address), digest, text, { allowUndeployed });

  it('carries the code that the contracts package compiles', () => {
    const { bytecode } = contractSignatureVerdictArtifact;
    expect(contractSignatureCall(parseAddress(wallet.address), digest, '0x').data).toContain(bytecode);
  });

  it.each([
    ['reverts', 1],
    ['burns all its gas', 2],
    ['answers 700 kB', 3],
    ['answers four bytes instead of a word', 4],
  ])('gets the answer no from a wallet that %s', async (_, manner) => {
    expect(await isValid(wallet.address)).toBe(true);
    await wallet.sendAs(chain.account(0), 'setManner', [manner]);
    expect(await isValid(wallet.address)).toBe(false);
  });

  it.each([
    ['an account', stranger.address],
    ['the identity precompile, which repeats the question', '0x0000000000000000000000000000000000000004'],
    ['nobody', `0x${'00'.repeat(20)}`],
  ])('gets the answer no from %s', async (_, address) => {
    expect(await isValid(address)).toBe(false);
    expect(await isValid(address, wrapped(signature), true)).toBe(false);
  });

  it('gets the answer no from a factory that burns all its gas, and from a wallet that does so twice', async () => {
    const burning = await chain.deploy(testContractWalletArtifact, [owner.address]);
    await burning.sendAs(chain.account(0), 'setManner', [2]);
    const question = burning.encode('isValidSignature', [bytesToHex(digest), '0x']);
    const text = wrapUndeployedSignature({
      factory: parseAddress(burning.address),
      factoryData: hexToBytes(question),
      signature: hexToBytes(signature),
    });
    expect(await isValid(future, text, true)).toBe(false);
    expect(await isValid(burning.address, text, true)).toBe(false);
  });

  it('holds a signature of 16 KiB, the longest that is asked', async () => {
    expect(await isValid(wallet.address, `0x${'ff'.repeat(16_384)}`)).toBe(false);
    await expect(isValid(wallet.address, `0x${'ff'.repeat(16_385)}`)).rejects.toThrow(
      refusal('SIGNATURE_LENGTH'),
    );
  });

  it('gets the same answers as with viem, whose clients are providers as they are', async () => {
    const client = createPublicClient({ transport: custom(provider) });
    const data = factory.encode('create', [owner.address]) as Hex;
    const texts = [signature, stranger.signingKey.sign(digest).serialized].flatMap((text) => [
      text as Hex,
      serializeErc6492Signature({ address: factory.address as Hex, data, signature: text as Hex }),
    ]);
    for (const address of [wallet.address, future]) {
      for (const text of texts) {
        const hash = bytesToHex(digest);
        const expected = await verifyHash(client, { address: address as Hex, hash, signature: text });
        const options = { allowUndeployed: true };
        expect(await isValidContractSignature(client, parseAddress(address), digest, text, options)).toBe(
          expected,
        );
      }
    }
  });
});

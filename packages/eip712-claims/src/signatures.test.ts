import { type EvmSigner, type Hex, parseAddress, type SignedClaims } from '@fourmica/core-types';
import { secp256k1 } from '@noble/curves/secp256k1';
import { Signature, Wallet } from 'ethers';
import * as fc from 'fast-check';
import { createWalletClient, custom } from 'viem';
import { type Account, generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { describe, expect, it } from 'vitest';
import {
  createRequestClaims,
  createValidatedRequestClaims,
  type Eip1193Provider,
  fromCompactSignature,
  fromEip1193,
  fromEthers,
  fromViem,
  LocalAccountSigner,
  recoverAddress,
  recoverRequestSigner,
  SigningError,
  signRequestClaims,
  toCompactSignature,
  verifyRequestSignature,
} from './index.js';

const KEY = `0x${'01'.repeat(32)}`;
const PAYER = '0x1a642f0E3c3aF545E7AcBD38b07251B3990914F1';
const domain = { name: '4mica', version: '1', chainId: 84532n };
const payment = {
  userAddress: PAYER,
  recipientAddress: '0xabCDEF1234567890ABcDEF1234567890aBCDeF12',
  tabId: 42,
  reqId: '7',
  amount: '0x3e8',
  timestamp: 1736000000n,
};
const policy = {
  validationRegistryAddress: `0x${'11'.repeat(20)}`,
  validationChainId: 84532,
  validatorAddress: `0x${'22'.repeat(20)}`,
  validatorAgentId: 99,
  minValidationScore: 80,
  jobHash: `0x${'33'.repeat(32)}`,
  requiredValidationTag: 'hard-finality',
};
const v1 = createRequestClaims(payment);
const v2 = createValidatedRequestClaims(payment, policy);
const signer = new LocalAccountSigner(KEY);
const refusal = (code: string) => expect.objectContaining({ name: 'SigningError', code });

describe('the worked example of the wire spec', () => {
  it.each([
    [
      v1,
      'eip712',
      '0x7912342895802815afd650f9a6100c1fcba13f7b1364f66079f69d7c1c0f02957a98370670f25be5fc41d0a92138961a20fb1fe9390123814d00ea28516d21ec1c',
    ],
    [
      v1,
      'eip191',
      '0x7c35d0f0e5bd42339dbe55d68b3dbde50833c9462ea8042fabf9aa926e0c7e5d423bb274e9e6b0bdb31cb9f9961dc14d4461ac711b432117b5ed45118956123f1c',
    ],
    [
      v2,
      'eip712',
      '0x922cc267908d236696891779616ddb6f000117dfbad0fd17f54c550be149b0c94443dada5954410a1bc27b3b7269c2702b786f6141efb2677835b161d85364d11c',
    ],
    [
      v2,
      'eip191',
      '0xe40b382566b424a29f42cca4333b1022963712ec3684103589032efa50a5df253d347ae4ca8efcc8ab2d6911225f760c7afb4297123ab8021031e0406f86b7421c',
    ],
  ] as const)('version and scheme %#', async (claims, scheme, signature) => {
    expect(await signRequestClaims(signer, domain, claims, scheme)).toEqual({ signature, scheme });
  });
});

const clientOf = (account: Account | Hex, provider: Eip1193Provider) =>
  createWalletClient({ account, transport: custom(provider) });
const nobody: Eip1193Provider = {
  request: ({ method }) => Promise.reject(new Error(`nobody answers ${method}`)),
};

const wallets: [string, (key: Hex) => Promise<EvmSigner>][] = [
  ['LocalAccountSigner', async (key) => new LocalAccountSigner(key)],
  ['an ethers wallet', (key) => fromEthers(new Wallet(key))],
  ['a viem account', async (key) => fromViem(privateKeyToAccount(key))],
  ['an injected wallet', (key) => fromEip1193(injectedWallet(key))],
  ['a viem wallet client with a key', async (key) => fromViem(clientOf(privateKeyToAccount(key), nobody))],
  [
    'a viem wallet client of a browser wallet',
    async (key) => fromViem(clientOf(new Wallet(key).address as Hex, injectedWallet(key))),
  ],
];

/** Answers as a browser wallet does, with the account of a key. */
function injectedWallet(key: Hex): Eip1193Provider {
  const account = privateKeyToAccount(key);
  const answers: Readonly<Record<string, (params: unknown) => Promise<unknown>>> = {
    eth_requestAccounts: async () => [account.address.toLowerCase()],
    eth_signTypedData_v4: async (params) => account.signTypedData(JSON.parse((params as string[])[1] ?? '')),
    personal_sign: async (params) => account.signMessage({ message: { raw: (params as Hex[])[0] ?? '0x' } }),
  };
  return { request: async ({ method, params }) => answers[method]?.(params) };
}

describe.each(wallets)('%s', (_, create) => {
  it('signs both versions in both schemes like ethers, and its signatures verify', async () => {
    for (let i = 0; i < 5; i++) {
      const key = generatePrivateKey();
      const wallet = await create(key);
      const input = { ...payment, userAddress: new Wallet(key).address, reqId: i };
      for (const claims of [createRequestClaims(input), createValidatedRequestClaims(input, policy)]) {
        for (const scheme of ['eip712', 'eip191'] as const) {
          const signed = await signRequestClaims(wallet, domain, claims, scheme);
          const reference = await signRequestClaims(
            await fromEthers(new Wallet(key)),
            domain,
            claims,
            scheme,
          );
          expect(signed).toEqual(reference);
          expect(() => verifyRequestSignature(domain, { claims, ...signed })).not.toThrow();
        }
      }
    }
  });

  it('signs text as text and bytes as bytes', async () => {
    const key = generatePrivateKey();
    const wallet = await create(key);
    for (const message of ['0x12', Uint8Array.of(0x12)]) {
      expect(await wallet.signMessage(message)).toBe(await new Wallet(key).signMessage(message));
    }
  });

  it('refuses to sign for another payer', async () => {
    const wallet = await create(generatePrivateKey());
    await expect(signRequestClaims(wallet, domain, v1)).rejects.toThrow(refusal('SIGNER_ADDRESS_MISMATCH'));
  });
});

describe('an injected wallet', () => {
  const provider = (answer: () => Promise<unknown>): Eip1193Provider => ({ request: answer });

  it('is not asked for accounts when one is named', async () => {
    const silent = provider(() => Promise.reject(new Error('asked')));
    expect((await fromEip1193(silent, PAYER.toLowerCase())).address).toBe(PAYER);
  });

  it('that is refused by its user is named as the cause', async () => {
    const cause = { code: 4001, message: 'User rejected the request.' };
    await expect(fromEip1193(provider(() => Promise.reject(cause)))).rejects.toThrow(
      expect.objectContaining({ code: 'SIGNER_FAILED', cause }),
    );
  });

  it.each([[[]], [null], ['0x'], [['0x1234']]])('that grants %j is refused', async (accounts) => {
    await expect(fromEip1193(provider(async () => accounts))).rejects.toThrow(
      expect.objectContaining({ code: 'INVALID_VALUE' }),
    );
  });
});

describe('signRequestClaims', () => {
  it('keeps the failure of a wallet as the cause', async () => {
    const cause = new Error('user rejected');
    const wallet: EvmSigner = {
      address: signer.address,
      signTypedData: () => Promise.reject(cause),
      signMessage: () => Promise.reject(cause),
    };
    for (const scheme of ['eip712', 'eip191'] as const) {
      await expect(signRequestClaims(wallet, domain, v1, scheme)).rejects.toThrow(
        expect.objectContaining({ code: 'SIGNER_FAILED', cause }),
      );
    }
  });

  it('refuses what a wallet signed with another account', async () => {
    const other = new LocalAccountSigner(generatePrivateKey());
    const wallet: EvmSigner = {
      address: signer.address,
      signTypedData: (...request) => other.signTypedData(...request),
      signMessage: (message) => other.signMessage(message),
    };
    await expect(signRequestClaims(wallet, domain, v1)).rejects.toThrow(refusal('SIGNATURE_SIGNER_MISMATCH'));
  });

  it('emits v 27 or 28 when a wallet says 0 or 1', async () => {
    const wallet: EvmSigner = {
      address: signer.address,
      signTypedData: async (...request) => {
        const signature = await signer.signTypedData(...request);
        return `${signature.slice(0, -2)}${signature.endsWith('1b') ? '00' : '01'}` as Hex;
      },
      signMessage: (message) => signer.signMessage(message),
    };
    expect(await signRequestClaims(wallet, domain, v1)).toEqual(await signRequestClaims(signer, domain, v1));
  });

  it('refuses version 2 claims that are not bound to their policy, before the wallet is asked', async () => {
    const unbound = { ...v2, amount: v2.amount + 1n };
    await expect(signRequestClaims(signer, domain, unbound)).rejects.toThrow(
      'validation_subject_hash is not canonical for the payment intent fields',
    );
  });

  it('refuses an unknown scheme', async () => {
    await expect(signRequestClaims(signer, domain, v1, 'eip1271' as 'eip712')).rejects.toThrow('scheme');
  });
});

describe('compact signatures (EIP-2098)', () => {
  const compactOf = (r: string, yParityAndS: string): string => `0x${r}${yParityAndS}`;

  it('are those of ethers and come back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (digest) => {
        const signature = Signature.from(new Wallet(KEY).signingKey.sign(digest));
        expect(toCompactSignature(signature.serialized)).toBe(signature.compactSerialized);
        expect(fromCompactSignature(signature.compactSerialized)).toBe(signature.serialized);
        expect(recoverAddress(digest, signature.compactSerialized, { allowCompact: true })).toBe(PAYER);
        expect(() => recoverAddress(digest, signature.compactSerialized)).toThrow(
          refusal('SIGNATURE_LENGTH'),
        );
      }),
      { numRuns: 40 },
    );
  });

  it('verify claims when they are allowed, beside those of 65 bytes', async () => {
    const { signature, scheme } = await signRequestClaims(signer, domain, v2);
    const forms = { allowCompact: true };
    for (const text of [signature, toCompactSignature(signature)]) {
      verifyRequestSignature(domain, { claims: v2, signature: text, scheme }, forms);
    }
  });

  it.each([
    ['65 bytes', compactOf('11'.repeat(32), `${'11'.repeat(32)}1b`), 'SIGNATURE_LENGTH'],
    ['63 bytes', compactOf('11'.repeat(32), '11'.repeat(31)), 'SIGNATURE_LENGTH'],
    ['no hex', 'hello', 'SIGNATURE_NOT_HEX'],
    ['high s under the parity bit', compactOf('11'.repeat(32), 'ff'.repeat(32)), 'SIGNATURE_HIGH_S'],
  ])('are refused: %s', (_, compact, code) => {
    expect(() => fromCompactSignature(compact)).toThrow(refusal(code));
  });
});

describe('signatures on the wire', () => {
  const valid =
    '7912342895802815afd650f9a6100c1fcba13f7b1364f66079f69d7c1c0f02957a98370670f25be5fc41d0a92138961a20fb1fe9390123814d00ea28516d21ec1c';
  const signed = (signature: string): SignedClaims => ({
    claims: v1,
    signature: signature as Hex,
    scheme: 'eip712',
  });
  const verify = (signature: string) => () => verifyRequestSignature(domain, signed(signature));

  it.each([
    ['with 0x', `0x${valid}`],
    ['without 0x', valid],
    ['in upper case', `0x${valid.toUpperCase()}`],
    ['with v 1', `0x${valid.slice(0, -2)}01`],
  ])('are accepted %s', (_, signature) => {
    expect(verify(signature)).not.toThrow();
  });

  const rs = valid.slice(0, -2);
  const order = secp256k1.CURVE.n;
  const word = (value: bigint) => value.toString(16).padStart(64, '0');
  const highS = word(order - BigInt(`0x${valid.slice(64, 128)}`));
  const compact = Signature.from(`0x${valid}`).compactSerialized;
  it.each([
    ['no hex', 'hello', 'SIGNATURE_NOT_HEX'],
    ['more than 16 KiB', '00'.repeat(16_385), 'SIGNATURE_LENGTH'],
    ['an odd number of digits', `0x${valid}0`, 'SIGNATURE_NOT_HEX'],
    ['nothing', '', 'SIGNATURE_LENGTH'],
    ['64 bytes', rs, 'SIGNATURE_LENGTH'],
    ['66 bytes', `${valid}00`, 'SIGNATURE_LENGTH'],
    ['the compact form of EIP-2098', compact, 'SIGNATURE_LENGTH'],
    ['v 2', `${rs}02`, 'SIGNATURE_LENGTH'],
    ['v 26', `${rs}1a`, 'SIGNATURE_LENGTH'],
    ['v 29', `${rs}1d`, 'SIGNATURE_LENGTH'],
    ['v 37 (EIP-155)', `${rs}25`, 'SIGNATURE_LENGTH'],
    ['high s with the matching v', `${valid.slice(0, 64)}${highS}1b`, 'SIGNATURE_HIGH_S'],
    ['zero r', `${word(0n)}${valid.slice(64)}`, 'SIGNATURE_RECOVERY_FAILED'],
    ['zero s', `${valid.slice(0, 64)}${word(0n)}1b`, 'SIGNATURE_RECOVERY_FAILED'],
    ['r equal to the order', `${word(order)}${valid.slice(64)}`, 'SIGNATURE_RECOVERY_FAILED'],
    ['r without a point', `${word(5n)}${valid.slice(64)}`, 'SIGNATURE_RECOVERY_FAILED'],
    ['the other parity', `${rs}1b`, 'SIGNATURE_SIGNER_MISMATCH'],
  ])('are refused: %s', (_, signature, code) => {
    expect(verify(signature)).toThrow(refusal(code));
  });

  it('are refused over other claims, another domain or another scheme', () => {
    const mismatch = refusal('SIGNATURE_SIGNER_MISMATCH');
    const original = signed(valid);
    expect(() => verifyRequestSignature(domain, { ...original, claims: { ...v1, reqId: 8n } })).toThrow(
      mismatch,
    );
    expect(() => verifyRequestSignature({ ...domain, name: '4Mica' }, original)).toThrow(mismatch);
    expect(() => verifyRequestSignature({ ...domain, chainId: 1n }, original)).toThrow(mismatch);
    expect(() => verifyRequestSignature(domain, { ...original, scheme: 'eip191' })).toThrow(mismatch);
  });

  it('of any bytes at all recover an account or fail with a typed error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 60, maxLength: 70 }), (bytes) => {
        try {
          const address = recoverRequestSigner(domain, signed(Buffer.from(bytes).toString('hex')));
          expect(parseAddress(address)).toBe(address);
        } catch (error) {
          expect(error).toBeInstanceOf(SigningError);
        }
      }),
    );
  });

  it('recover to the same account as with ethers', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.bigInt({ min: 0n, max: 1n << 255n }),
        async (key, amount) => {
          fc.pre(secp256k1.utils.isValidPrivateKey(key));
          const wallet = new Wallet(`0x${Buffer.from(key).toString('hex')}`);
          const claims = createRequestClaims({ ...payment, userAddress: wallet.address, amount });
          const { signature, scheme } = await signRequestClaims(await fromEthers(wallet), domain, claims);
          expect(recoverRequestSigner(domain, { claims, signature, scheme })).toBe(wallet.address);
        },
      ),
      { numRuns: 25 },
    );
  });
});

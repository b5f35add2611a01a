import type { RequestClaims } from '@fourmica/core-types';
import {
  guaranteeTypedData,
  hashRequestClaims,
  LocalAccountSigner,
  recoverRequestSigner,
  signRequestClaims,
} from '@fourmica/eip712-claims';
import { useFastSecp256k1 } from '@fourmica/eip712-claims/fast';
import { TypedDataEncoder, verifyTypedData, Wallet } from 'ethers';
import { hashTypedData, recoverTypedDataAddress } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { DOMAIN, PRIVATE_KEY, requestClaims } from './inputs.js';
import { type Contender, medians, ms, requireAgreement } from './measure.js';
import { atLeast, type Result } from './report.js';

type Typed = ReturnType<typeof typedDataOf>;

const typedDataOf = (claims: RequestClaims) => {
  const { domain, types, primaryType, message } = guaranteeTypedData(DOMAIN, claims);
  const mutable = Object.fromEntries(Object.entries(types).map(([name, members]) => [name, [...members]]));
  return { claims, domain, types: mutable, primaryType, message: { ...message } };
};

/** Hashing, signing and recovering of version 1 request claims. */
export async function measureRequests(): Promise<Result[]> {
  const inputs = requestClaims().map(typedDataOf);
  return [...(await hashing(inputs)), ...(await signing(inputs)), ...(await recovering(inputs))];
}

async function hashing(inputs: readonly Typed[]): Promise<Result[]> {
  const contenders: Contender<Typed>[] = [
    { name: 'ours', run: ({ claims }) => hashRequestClaims(DOMAIN, claims) },
    { name: 'viem', run: (input) => hashTypedData(input) },
    { name: 'ethers', run: ({ types, message }) => TypedDataEncoder.hash(DOMAIN, types, message) },
  ];
  await requireAgreement(inputs, contenders);
  const times = await medians(inputs, contenders);
  return [
    atLeast('typed-data hash of one claim', ms(times, 'ours'), 'viem', ms(times, 'viem'), 4),
    atLeast('typed-data hash of one claim', ms(times, 'ours'), 'ethers', ms(times, 'ethers'), 4),
  ];
}

async function signing(inputs: readonly Typed[]): Promise<Result[]> {
  const signer = new LocalAccountSigner(PRIVATE_KEY);
  const account = privateKeyToAccount(PRIVATE_KEY);
  const wallet = new Wallet(PRIVATE_KEY);
  const ours = async ({ claims }: Typed) => (await signRequestClaims(signer, DOMAIN, claims)).signature;
  const peers: Contender<Typed>[] = [
    { name: 'viem', run: (input) => account.signTypedData(input) },
    { name: 'ethers', run: ({ types, message }) => wallet.signTypedData(DOMAIN, types, message) },
  ];
  const results: Result[] = [];
  for (const engine of ['portable', 'wasm', 'native'] as const) {
    await useFastSecp256k1([engine]);
    const contenders = [{ name: 'ours', run: ours }, ...peers];
    await requireAgreement(inputs, contenders);
    const times = await medians(inputs, contenders);
    const what = `sign one version 1 claim with a local key (${engine})`;
    const factor = engine === 'portable' ? 1 : 2.5;
    results.push(atLeast(what, ms(times, 'ours'), 'viem', ms(times, 'viem'), factor));
    results.push(atLeast(what, ms(times, 'ours'), 'ethers', ms(times, 'ethers'), factor));
  }
  return results;
}

async function recovering(inputs: readonly Typed[]): Promise<Result[]> {
  const account = privateKeyToAccount(PRIVATE_KEY);
  const signed = await Promise.all(
    inputs.map(async (input) => ({ ...input, signature: await account.signTypedData(input) })),
  );
  type Signed = (typeof signed)[number];
  const ours = ({ claims, signature }: Signed) =>
    recoverRequestSigner(DOMAIN, { claims, signature, scheme: 'eip712' });
  const peers: Contender<Signed>[] = [
    { name: 'viem', run: (input) => recoverTypedDataAddress(input) },
    {
      name: 'ethers',
      run: ({ types, message, signature }) => verifyTypedData(DOMAIN, types, message, signature),
    },
  ];
  const results: Result[] = [];
  for (const [engine, factor] of [
    ['portable', 1],
    ['wasm', 5],
    ['native', 15],
  ] as const) {
    await useFastSecp256k1([engine]);
    const contenders = [{ name: 'ours', run: ours }, ...peers];
    await requireAgreement(signed, contenders);
    const times = await medians(signed, contenders);
    const what = `recover the signer of one claim (${engine})`;
    results.push(atLeast(what, ms(times, 'ours'), 'viem', ms(times, 'viem'), factor));
    results.push(atLeast(what, ms(times, 'ours'), 'ethers', ms(times, 'ethers'), factor));
  }
  return results;
}

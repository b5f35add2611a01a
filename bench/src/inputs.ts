import { SecretKey } from '@chainsafe/blst';
import { encodeCertificateClaims, guaranteeDomain, loadBls } from '@fourmica/bls-cert';
import { parseAddress } from '@fourmica/core-types';
import { createRequestClaims, LocalAccountSigner } from '@fourmica/eip712-claims';

/** Distinct inputs of every measurement. */
export const COUNT = 1_000;

export const PRIVATE_KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80';
export const BLS_SECRET_KEY = new Uint8Array(32).fill(1);
export const DOMAIN = { name: '4mica', version: '1', chainId: 84532n };

const RECIPIENT = parseAddress('0xabCDEF1234567890ABcDEF1234567890aBCDeF12');
const payer = new LocalAccountSigner(PRIVATE_KEY).address;

/** Version 1 claims, all different. */
export const requestClaims = () =>
  Array.from({ length: COUNT }, (_, i) =>
    createRequestClaims({
      userAddress: payer,
      recipientAddress: RECIPIENT,
      tabId: (1n << 250n) + BigInt(i),
      reqId: i,
      amount: 1_000_000_000_000_000n * BigInt(i + 1),
      timestamp: 1_736_000_000 + i,
    }),
  );

/** Version 1 certificates of one operator, all different, signed; by blst with its own ciphersuite too. */
export async function certificates() {
  const bls = await loadBls();
  const publicKey = bls.publicKeyOf(BLS_SECRET_KEY);
  const domain = guaranteeDomain(1, DOMAIN.chainId, RECIPIENT);
  const blstKey = SecretKey.fromBytes(BLS_SECRET_KEY);
  return requestClaims().map((claims, i) => {
    const message = encodeCertificateClaims({ ...claims, domain, totalAmount: claims.amount + BigInt(i) });
    const blstSignature = blstKey.sign(message).toBytes();
    return { publicKey, message, signature: bls.sign(BLS_SECRET_KEY, message), blstSignature };
  });
}

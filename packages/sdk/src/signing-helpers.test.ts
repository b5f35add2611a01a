import { describe, expect, test } from 'vitest';
import { PaymentGuaranteeRequestClaims } from './models/request-claims.js';
import {
  buildGuaranteeTypedData,
  buildPaymentPayload,
  encodeGuaranteeEip191,
  signatureToWords,
  signatureToWordsAsync,
  validateGuaranteeSigningContext,
  validateGuaranteeTypedData,
} from './signing-helpers.js';

const USER = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';
const RECIPIENT = '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC';
const claims = PaymentGuaranteeRequestClaims.new({
  userAddress: USER,
  recipientAddress: RECIPIENT,
  tabId: 1n,
  reqId: 0n,
  amount: 5n,
  timestamp: 1_700_000_000,
});
const typedData = buildGuaranteeTypedData(
  { eip712Name: '4mica', eip712Version: '1', chainId: 31337n },
  claims,
);
const expected = { expectedChainId: 31337, expectedSigner: USER, expectedRecipient: RECIPIENT };

describe('typed data of unknown origin', () => {
  test('passes when it is a guarantee request for the expected parties', () => {
    expect(() => validateGuaranteeTypedData(typedData, expected)).not.toThrow();
  });

  test.each([
    ['chain', typedData, { ...expected, expectedChainId: 1 }, 'domain.chainId'],
    ['payer', typedData, { ...expected, expectedSigner: RECIPIENT }, 'message.user'],
    ['recipient', typedData, { ...expected, expectedRecipient: USER }, 'message.recipient'],
    ['struct', { ...typedData, primaryType: 'Permit' }, expected, 'primaryType'],
    [
      'T-18: order of the members',
      {
        ...typedData,
        types: { [typedData.primaryType]: [...(typedData.types[typedData.primaryType] ?? [])].reverse() },
      },
      expected,
      'types.SolGuaranteeRequestClaimsV1',
    ],
  ])('with another %s is refused', (_, payload, expectation, field) => {
    expect(() => validateGuaranteeTypedData(payload, expectation)).toThrow(
      expect.objectContaining({ context: expect.objectContaining({ field }) }),
    );
  });
});

test('T-3: the EIP-191 message is the raw bytes of seven words', () => {
  expect(encodeGuaranteeEip191(claims)).toHaveLength(2 + 2 * 7 * 32);
});

test('the payload is what the core takes', () => {
  expect(buildPaymentPayload(claims, `0x${'ab'.repeat(65)}`)).toEqual({
    claims: {
      version: 'v1',
      user_address: USER,
      recipient_address: RECIPIENT,
      tab_id: '0x1',
      req_id: '0x0',
      amount: '0x5',
      asset_address: `0x${'00'.repeat(20)}`,
      timestamp: 1_700_000_000,
    },
    signature: `0x${'ab'.repeat(65)}`,
    scheme: 'eip712',
  });
});

test('claims are checked against the chain and the parties before they are signed', () => {
  const params = { eip712Name: '4mica', eip712Version: '1', chainId: 31337n };
  expect(() => validateGuaranteeSigningContext(params, claims, expected)).not.toThrow();
  const other = { ...expected, expectedRecipient: USER };
  expect(() => validateGuaranteeSigningContext(params, claims, other)).toThrow('message.recipient');
});

test('the words of a signature can be had at once when the library is loaded, and not before', async () => {
  // The generator of G2, compressed.
  const signature =
    '0x93e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8';
  expect(() => signatureToWords(signature)).toThrow('await loadBls() first');
  const words = await signatureToWordsAsync(signature);
  expect(words).toHaveLength(8);
  expect(signatureToWords(signature)).toEqual(words);
});

import { bytesToHex, type CertificateClaims, hexToBytes, parseWireAddress } from '@fourmica/core-types';
import { type CertificateClaimsVector, loadVectors } from '@fourmica/test-vectors';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Bls,
  CERTIFICATE_DST,
  decodeCertificateClaims,
  encodeCertificateClaims,
  guaranteeDomain,
  loadBls,
  signCertificate,
  verifyCertificate,
} from './index.js';

const claimsOf = (vector: CertificateClaimsVector): CertificateClaims => {
  const payment = {
    domain: vector.domain,
    tabId: BigInt(vector.tabId),
    reqId: BigInt(vector.reqId),
    userAddress: parseWireAddress(vector.client),
    recipientAddress: parseWireAddress(vector.recipient),
    amount: BigInt(vector.amount),
    totalAmount: BigInt(vector.totalAmount),
    assetAddress: parseWireAddress(vector.asset),
    timestamp: BigInt(vector.timestamp),
  };
  if (vector.version === 1) return { version: 1, ...payment };
  return {
    version: 2,
    ...payment,
    validationRegistryAddress: parseWireAddress(vector.validationRegistryAddress),
    validationRequestHash: vector.validationRequestHash,
    validationChainId: BigInt(vector.validationChainId),
    validatorAddress: parseWireAddress(vector.validatorAddress),
    validatorAgentId: BigInt(vector.validatorAgentId),
    minValidationScore: vector.minValidationScore,
    validationSubjectHash: vector.validationSubjectHash,
    jobHash: vector.jobHash,
    requiredValidationTag: vector.requiredValidationTag,
  };
};

describe('guarantee-certificates.json', () => {
  const { dst, vectors } = loadVectors('guarantee-certificates');
  let bls: Bls;
  beforeAll(async () => {
    bls = await loadBls();
  });

  it('names our ciphersuite', () => expect(dst).toBe(CERTIFICATE_DST));

  it.each(vectors)('$name', async (vector) => {
    const claims = claimsOf(vector.claims);
    const secretKey = hexToBytes(vector.blsSecretKey);
    const publicKey = hexToBytes(vector.publicKey);

    expect(bytesToHex(encodeCertificateClaims(claims))).toBe(vector.encodedClaims);
    expect(decodeCertificateClaims(hexToBytes(vector.encodedClaims))).toEqual(claims);
    expect(bytesToHex(bls.publicKeyOf(secretKey))).toBe(vector.publicKey);
    const certificate = await signCertificate(secretKey, claims);
    expect(certificate).toEqual({ claims: vector.encodedClaims, signature: vector.signature });
    const trust = { publicKey, domains: { [vector.version]: vector.claims.domain } };
    expect(await verifyCertificate(certificate, trust)).toEqual(claims);

    expect(bls.publicKeyToWords(publicKey)).toEqual(vector.publicKeyWords);
    expect(bytesToHex(bls.publicKeyFromWords(vector.publicKeyWords))).toBe(vector.publicKey);
    expect(bls.signatureToWords(vector.signature)).toEqual(vector.signatureWords);
    expect(bytesToHex(bls.signatureFromWords(vector.signatureWords))).toBe(vector.signature);
  });
});

describe('domain-separators.json', () => {
  it.each(loadVectors('domain-separators').vectors)('$name', (vector) => {
    expect(
      guaranteeDomain(vector.version, BigInt(vector.chainId), parseWireAddress(vector.contractAddress)),
    ).toBe(vector.domainSeparator);
  });
});

import { bytesToHex, hexToBytes, parseWireAddress, type RequestClaims } from '@fourmica/core-types';
import {
  type ClaimsVectorV1,
  loadVectors,
  type PolicyVector,
  type VersionedClaims,
} from '@fourmica/test-vectors';
import { describe, expect, it } from 'vitest';
import { CLAIMS_STRUCTS } from './claims-struct.js';
import {
  assertCanonicalValidation,
  computeValidationRequestHash,
  computeValidationSubjectHash,
  createRequestClaims,
  createValidatedRequestClaims,
  eip712DomainSeparator,
  encodeRequestClaims,
  guaranteeTypedData,
  hashRequestClaims,
  hashRequestClaimsEip191,
  LocalAccountSigner,
  recoverAddress,
  recoverRequestSigner,
  signRequestClaims,
  verifyRequestSignature,
} from './index.js';
import { structHash } from './typed-data.js';

const intentOf = (claims: ClaimsVectorV1) => ({
  userAddress: parseWireAddress(claims.user),
  recipientAddress: parseWireAddress(claims.recipient),
  tabId: BigInt(claims.tabId),
  reqId: BigInt(claims.reqId),
  amount: BigInt(claims.amount),
  assetAddress: parseWireAddress(claims.asset),
  timestamp: BigInt(claims.timestamp),
});

const policyOf = (policy: PolicyVector) => ({
  validationRegistryAddress: parseWireAddress(policy.validationRegistryAddress),
  validationChainId: BigInt(policy.validationChainId),
  validatorAddress: parseWireAddress(policy.validatorAddress),
  validatorAgentId: BigInt(policy.validatorAgentId),
  minValidationScore: policy.minValidationScore,
  jobHash: policy.jobHash,
  requiredValidationTag: policy.requiredValidationTag,
});

const claimsOf = (vector: VersionedClaims): RequestClaims =>
  vector.version === 1
    ? { version: 1, ...intentOf(vector.claims) }
    : {
        version: 2,
        ...intentOf(vector.claims),
        ...policyOf(vector.claims),
        validationRequestHash: vector.claims.validationRequestHash,
        validationSubjectHash: vector.claims.validationSubjectHash,
      };

describe('eip712-claims.json', () => {
  const { vectors } = loadVectors('eip712-claims');

  it.each(vectors)('$name', async (vector) => {
    const claims = claimsOf(vector);
    const domain = { ...vector.domain, chainId: BigInt(vector.domain.chainId) };
    const { primaryType, types, message } = guaranteeTypedData(domain, claims);
    const members = (types[primaryType] ?? []).map(({ name, type }) => `${type} ${name}`);

    expect(`${primaryType}(${members.join(',')})`).toBe(vector.typeString);
    expect(Object.keys(message)).toEqual((types[primaryType] ?? []).map(({ name }) => name));
    expect(CLAIMS_STRUCTS[vector.version].typeHash).toBe(vector.typeHash);
    expect(eip712DomainSeparator(domain)).toBe(vector.domainSeparator);
    expect(bytesToHex(structHash(claims))).toBe(vector.structHash);
    expect(hashRequestClaims(domain, claims)).toBe(vector.digest);

    const signer = new LocalAccountSigner(vector.privateKey);
    expect(signer.address).toBe(vector.signer);
    const signed = await signRequestClaims(signer, domain, claims);
    expect(signed).toEqual({ signature: vector.signature, scheme: 'eip712' });
    expect(recoverRequestSigner(domain, { claims, ...signed })).toBe(vector.signer);
    expect(() => verifyRequestSignature(domain, { claims, ...signed })).not.toThrow();
    expect(await signer.signTypedData(domain, types, message)).toBe(vector.signature);
  });
});

describe('eip191-claims.json', () => {
  const { vectors } = loadVectors('eip191-claims');
  const domain = { name: 'not part of this scheme', version: '0', chainId: 0n };

  it.each(vectors)('$name', async (vector) => {
    const claims = claimsOf(vector);
    expect(bytesToHex(encodeRequestClaims(claims))).toBe(vector.encoded);
    expect(encodeRequestClaims(claims)).toHaveLength(vector.encodedLength);
    expect(hashRequestClaimsEip191(claims)).toBe(vector.digest);
    const signer = new LocalAccountSigner(vector.privateKey);
    const signed = await signRequestClaims(signer, domain, claims, 'eip191');
    expect(signed).toEqual({ signature: vector.signature, scheme: 'eip191' });
    expect(recoverRequestSigner(domain, { claims, ...signed })).toBe(vector.signer);
  });

  it.each(vectors)('$name: T-3, a signature over the hex text does not verify', async (vector) => {
    const claims = claimsOf(vector);
    const signer = new LocalAccountSigner(vector.privateKey);
    const signature = await signer.signMessage(bytesToHex(encodeRequestClaims(claims)));
    expect(recoverAddress(hexToBytes(vector.hexTextDigest), signature)).toBe(vector.signer);
    expect(() => verifyRequestSignature(domain, { claims, signature, scheme: 'eip191' })).toThrow(
      expect.objectContaining({ code: 'SIGNATURE_SIGNER_MISMATCH' }),
    );
  });
});

describe('validation-hashes.json', () => {
  const { vectors } = loadVectors('validation-hashes');

  it.each(vectors)('$name', (vector) => {
    const intent = intentOf(vector.subject);
    const validationSubjectHash = computeValidationSubjectHash(intent);
    expect(validationSubjectHash).toBe(vector.validationSubjectHash);
    const policy = { ...policyOf(vector.policy), validationSubjectHash };
    if (!vector.valid) {
      expect(() => computeValidationRequestHash(policy)).toThrow('minValidationScore');
      return;
    }
    const validationRequestHash = computeValidationRequestHash(policy);
    expect(validationRequestHash).toBe(vector.validationRequestHash);
    expect(() => assertCanonicalValidation({ ...intent, ...policy, validationRequestHash })).not.toThrow();
  });

  it.each(vectors.filter((vector) => !vector.lenient))('$name, through the builder', (vector) => {
    const { user, recipient, asset, ...numbers } = vector.subject;
    const payment = { ...numbers, userAddress: user, recipientAddress: recipient, assetAddress: asset };
    expect(createRequestClaims(payment)).toEqual({ version: 1, ...intentOf(vector.subject) });
    if (!vector.valid) {
      expect(() => createValidatedRequestClaims(payment, vector.policy)).toThrow('minValidationScore');
      return;
    }
    expect(createValidatedRequestClaims(payment, vector.policy)).toEqual({
      version: 2,
      ...intentOf(vector.subject),
      ...policyOf(vector.policy),
      validationSubjectHash: vector.validationSubjectHash,
      validationRequestHash: vector.validationRequestHash,
    });
  });
});

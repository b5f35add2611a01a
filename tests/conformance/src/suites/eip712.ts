import {
  CLAIMS_STRUCTS,
  eip712DomainSeparator,
  guaranteeTypedData,
  hashRequestClaims,
  hashRequestClaimsStruct,
  LocalAccountSigner,
  recoverRequestSigner,
  signRequestClaims,
} from '@fourmica/eip712-claims';
import type { Eip712Vector } from '@fourmica/test-vectors';
import { requestClaimsOf } from '../claims.js';
import type { Case } from '../report.js';

export const eip712Case = (vector: Eip712Vector): Case => ({
  name: vector.name,
  async run(compare) {
    const claims = requestClaimsOf(vector);
    const domain = { ...vector.domain, chainId: BigInt(vector.domain.chainId) };
    const { primaryType, types } = guaranteeTypedData(domain, claims);
    const members = (types[primaryType] ?? []).map(({ name, type }) => `${type} ${name}`);
    compare('primaryType', vector.primaryType, primaryType);
    compare('typeString', vector.typeString, `${primaryType}(${members.join(',')})`);
    compare('typeHash', vector.typeHash, CLAIMS_STRUCTS[vector.version].typeHash);
    compare('domainSeparator', vector.domainSeparator, eip712DomainSeparator(domain));
    compare('structHash', vector.structHash, hashRequestClaimsStruct(claims));
    compare('digest', vector.digest, hashRequestClaims(domain, claims));
    const signed = await signRequestClaims(new LocalAccountSigner(vector.privateKey), domain, claims);
    compare('signature', vector.signature, signed.signature);
    const received = { claims, signature: vector.signature, scheme: 'eip712' as const };
    compare('signer', vector.signer, recoverRequestSigner(domain, received));
  },
});

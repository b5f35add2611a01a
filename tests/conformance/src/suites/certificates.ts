import {
  decodeCertificateClaims,
  encodeCertificateClaims,
  guaranteeDomain,
  loadBls,
  signCertificate,
  verifyCertificate,
} from '@fourmica/bls-cert';
import { bytesToHex, hexToBytes, parseWireAddress } from '@fourmica/core-types';
import type { CertificateVector } from '@fourmica/test-vectors';
import { certificateClaimsOf } from '../claims.js';
import type { Case } from '../report.js';

export const certificateCase = (vector: CertificateVector): Case => ({
  name: vector.name,
  async run(compare) {
    const bls = await loadBls();
    const claims = certificateClaimsOf(vector.claims);
    const secretKey = hexToBytes(vector.blsSecretKey);
    const publicKey = hexToBytes(vector.publicKey);
    if (vector.chainId !== undefined && vector.contractAddress !== undefined) {
      const contract = parseWireAddress(vector.contractAddress);
      compare(
        'domain',
        vector.claims.domain,
        guaranteeDomain(vector.version, BigInt(vector.chainId), contract),
      );
    }
    compare('encodedClaims', vector.encodedClaims, bytesToHex(encodeCertificateClaims(claims)));
    compare('decoded claims', claims, decodeCertificateClaims(hexToBytes(vector.encodedClaims)));
    compare('publicKey', vector.publicKey, bytesToHex(bls.publicKeyOf(secretKey)));
    compare('signature', vector.signature, (await signCertificate(secretKey, claims)).signature);
    const received = { claims: vector.encodedClaims, signature: vector.signature };
    const trust = { publicKey, domains: { [vector.version]: vector.claims.domain } };
    compare('verified claims', claims, await verifyCertificate(received, trust));
    compare('publicKeyWords', vector.publicKeyWords, bls.publicKeyToWords(publicKey));
    compare('signatureWords', vector.signatureWords, bls.signatureToWords(vector.signature));
    compare(
      'publicKey of its words',
      vector.publicKey,
      bytesToHex(bls.publicKeyFromWords(vector.publicKeyWords)),
    );
    compare(
      'signature of its words',
      vector.signature,
      bytesToHex(bls.signatureFromWords(vector.signatureWords)),
    );
  },
});

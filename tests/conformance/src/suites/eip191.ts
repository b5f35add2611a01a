import { bytesToHex, hexToBytes } from '@fourmica/core-types';
import {
  encodeRequestClaims,
  hashRequestClaimsEip191,
  LocalAccountSigner,
  personalMessageDigest,
  recoverRequestSigner,
  signRequestClaims,
} from '@fourmica/eip712-claims';
import type { Eip191Vector } from '@fourmica/test-vectors';
import { requestClaimsOf } from '../claims.js';
import type { Case } from '../report.js';

/** The chain takes no part in this scheme. */
const domain = { name: '', version: '', chainId: 0n };

export const eip191Case = (vector: Eip191Vector): Case => ({
  name: vector.name,
  async run(compare) {
    const claims = requestClaimsOf(vector);
    const encoded = encodeRequestClaims(claims);
    compare('encoded', vector.encoded, bytesToHex(encoded));
    compare('encodedLength', vector.encodedLength, encoded.length);
    compare('digest', vector.digest, hashRequestClaimsEip191(claims));
    const hexText = new TextEncoder().encode(bytesToHex(encoded));
    compare('hexTextDigest', vector.hexTextDigest, bytesToHex(personalMessageDigest(hexText)));
    const signer = new LocalAccountSigner(vector.privateKey);
    const signed = await signRequestClaims(signer, domain, claims, 'eip191');
    compare('signature', vector.signature, signed.signature);
    const received = { claims, signature: vector.signature, scheme: 'eip191' as const };
    compare('signer', vector.signer, recoverRequestSigner(domain, received));
    const trap = await signer.signMessage(hexText);
    const trapped = recoverRequestSigner(domain, { ...received, signature: trap });
    compare('a signature over the hex text is refused', true, trapped !== vector.signer);
    compare(
      'the digest is over raw bytes',
      vector.digest,
      bytesToHex(personalMessageDigest(hexToBytes(vector.encoded))),
    );
  },
});

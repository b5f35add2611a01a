import { VerificationError, verifyCertificate } from '@fourmica/bls-cert';
import { hexToBytes, parseWireAddress } from '@fourmica/core-types';
import type { CertificateControl, InvalidCertificateVector, VerifierContext } from '@fourmica/test-vectors';
import { type Case, describeError } from '../report.js';

type Contexts = Readonly<Record<string, VerifierContext>>;

async function outcomeOf(vector: CertificateControl, contexts: Contexts): Promise<string> {
  const context = contexts[vector.context];
  if (context === undefined) return `unknown context ${vector.context}`;
  try {
    await verifyCertificate(vector, {
      publicKey: hexToBytes(vector.publicKey),
      domains: { 1: context.domains.v1, 2: context.domains.v2 },
      validationChainId: BigInt(context.chainId),
      trustedValidationRegistries: context.trustedValidationRegistries.map((address) =>
        parseWireAddress(address),
      ),
    });
    return 'accepted';
  } catch (error) {
    return error instanceof VerificationError ? 'rejected' : describeError(error);
  }
}

export const invalidCertificateCase = (vector: InvalidCertificateVector, contexts: Contexts): Case => ({
  name: vector.name,
  run: async (compare) =>
    compare(`verdict (${vector.reason})`, 'rejected', await outcomeOf(vector, contexts)),
});

export const controlCase = (control: CertificateControl, contexts: Contexts): Case => ({
  name: control.name,
  run: async (compare) => compare('verdict (control)', 'accepted', await outcomeOf(control, contexts)),
});

/** `0x` hex text. */
export type Hex = `0x${string}`;

/** Members of version 1 request claims, in struct order. Integers are decimal text. */
export interface ClaimsVectorV1 {
  readonly user: Hex;
  readonly recipient: Hex;
  readonly tabId: string;
  readonly reqId: string;
  readonly amount: string;
  readonly asset: Hex;
  readonly timestamp: string;
}

/** The validation policy of version 2. Integers are decimal text, except the score. */
export interface PolicyVector {
  readonly validationRegistryAddress: Hex;
  readonly validationChainId: string;
  readonly validatorAddress: Hex;
  readonly validatorAgentId: string;
  readonly minValidationScore: number;
  readonly jobHash: Hex;
  readonly requiredValidationTag: string;
}

/** Members of version 2 request claims. */
export interface ClaimsVectorV2 extends ClaimsVectorV1, PolicyVector {
  readonly validationRequestHash: Hex;
  readonly validationSubjectHash: Hex;
}

/** Claims, tagged by their version. */
export type VersionedClaims =
  | { readonly version: 1; readonly claims: ClaimsVectorV1 }
  | { readonly version: 2; readonly claims: ClaimsVectorV2 };

interface SignedVector {
  readonly name: string;
  /** Addresses mix letter cases without being a checksum: an implementation may refuse them. */
  readonly lenient?: true;
  readonly digest: Hex;
  readonly privateKey: Hex;
  readonly signature: Hex;
  readonly signer: Hex;
}

/** Entry of `eip712-claims.json`. */
export type Eip712Vector = SignedVector &
  VersionedClaims & {
    readonly domain: { readonly name: string; readonly version: string; readonly chainId: string };
    readonly primaryType: string;
    readonly typeString: string;
    readonly typeHash: Hex;
    readonly structHash: Hex;
    readonly domainSeparator: Hex;
  };

/** Entry of `eip191-claims.json`. */
export type Eip191Vector = SignedVector &
  VersionedClaims & {
    readonly encoded: Hex;
    readonly encodedLength: number;
    /** The digest over the hex text: a trap, never to be accepted. */
    readonly hexTextDigest: Hex;
  };

interface ValidationVectorBase {
  readonly name: string;
  readonly lenient?: true;
  readonly subject: ClaimsVectorV1;
  readonly policy: PolicyVector;
  readonly subjectBindingDomain: Hex;
  readonly subjectPreimage: Hex;
  readonly validationSubjectHash: Hex;
}

/** Entry of `validation-hashes.json`. */
export type ValidationHashVector = ValidationVectorBase &
  (
    | {
        readonly valid: true;
        readonly requestBindingDomain: Hex;
        readonly requiredValidationTagHash: Hex;
        readonly requestPreimage: Hex;
        readonly validationRequestHash: Hex;
      }
    | { readonly valid: false; readonly error: string }
  );

/** Entry of `domain-separators.json`. */
export interface DomainSeparatorVector {
  readonly name: string;
  readonly chainId: string;
  readonly contractAddress: Hex;
  readonly version: 1 | 2;
  readonly label: string;
  readonly preimage: Hex;
  readonly domainSeparator: Hex;
}

interface CertifiedVector {
  readonly domain: Hex;
  readonly tabId: string;
  readonly reqId: string;
  /** The payer. */
  readonly client: Hex;
  readonly recipient: Hex;
  readonly amount: string;
  readonly totalAmount: string;
  readonly asset: Hex;
  readonly timestamp: string;
}

/** The claims of a certificate, tagged by their version. */
export type CertificateClaimsVector =
  | (CertifiedVector & { readonly version: 1 })
  | (CertifiedVector &
      PolicyVector & {
        readonly version: 2;
        readonly validationRequestHash: Hex;
        readonly validationSubjectHash: Hex;
      });

/** Entry of `guarantee-certificates.json`. */
export interface CertificateVector {
  readonly name: string;
  readonly version: 1 | 2;
  readonly chainId?: string;
  readonly contractAddress?: Hex;
  readonly claims: CertificateClaimsVector;
  readonly innerClaims: Hex;
  readonly encodedClaims: Hex;
  readonly blsSecretKey: Hex;
  readonly publicKey: Hex;
  readonly signature: Hex;
  readonly messagePoint: Hex;
  readonly publicKeyWords: readonly Hex[];
  readonly signatureWords: readonly Hex[];
}

/** A certificate as received, with the key that the verifier is told to trust. */
export interface CertificateControl {
  readonly name: string;
  readonly context: string;
  /** As received; not always well-formed hex. */
  readonly claims: string;
  readonly signature: string;
  readonly publicKey: Hex;
}

/** Entry of `invalid-certificates.json`. */
export interface InvalidCertificateVector extends CertificateControl {
  /** Who has to reject it: everybody, verifiers of the canonical form, verifiers that know chain and registries. */
  readonly level: 'must' | 'strict' | 'context';
  readonly reason: string;
  readonly onChain: string | null;
}

/** What the verifier of `invalid-certificates.json` knows. */
export interface VerifierContext {
  readonly chainId: string;
  readonly contractAddress: Hex;
  readonly publicKey: Hex;
  readonly domains: { readonly v1: Hex; readonly v2: Hex };
  readonly trustedValidationRegistries: readonly Hex[];
}

/** Entry of `x402-envelopes.json`; requirements and tab messages are verbatim JSON in whatever form a peer sends. */
export interface X402EnvelopeVector {
  readonly name: string;
  readonly x402Version: 1 | 2;
  readonly valid?: boolean;
  readonly error?: string;
  readonly paymentRequirements?: Readonly<Record<string, unknown>>;
  readonly paymentRequired?: Readonly<Record<string, unknown>>;
  readonly accepted?: Readonly<Record<string, unknown>>;
  readonly domain: { readonly name: string; readonly version: string; readonly chainId: string };
  readonly privateKey: Hex;
  readonly userAddress: Hex;
  readonly timestamp: string;
  readonly tabRequest?: { readonly method: string; readonly url: string; readonly body: string };
  readonly tabResponse?: Readonly<Record<string, unknown>>;
  readonly guaranteeVersion?: 1 | 2;
  readonly claims?: ClaimsVectorV1 | ClaimsVectorV2;
  readonly digest?: Hex;
  readonly signature?: Hex;
  readonly envelope?: string;
  readonly header?: string;
  readonly variants?: readonly {
    readonly name: string;
    readonly envelope: string;
    readonly header: string;
  }[];
}

/** The file's content by its name without `.json`. */
export interface VectorFiles {
  readonly 'eip712-claims': { readonly domainType: string; readonly vectors: readonly Eip712Vector[] };
  readonly 'eip191-claims': { readonly vectors: readonly Eip191Vector[] };
  readonly 'validation-hashes': { readonly vectors: readonly ValidationHashVector[] };
  readonly 'domain-separators': { readonly vectors: readonly DomainSeparatorVector[] };
  readonly 'guarantee-certificates': {
    readonly dst: string;
    readonly vectors: readonly CertificateVector[];
  };
  readonly 'invalid-certificates': {
    readonly dst: string;
    readonly contexts: Readonly<Record<string, VerifierContext>>;
    readonly controls: readonly CertificateControl[];
    readonly vectors: readonly InvalidCertificateVector[];
  };
  readonly 'x402-envelopes': { readonly vectors: readonly X402EnvelopeVector[] };
}

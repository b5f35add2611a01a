import {
  type Address,
  type Caip2,
  chainIdOfNetwork,
  type GuaranteeVersion,
  parseNetwork,
  parseU256,
  parseWireAddress,
} from '@fourmica/core-types';
import { asMessageError, X402Error } from './errors.js';
import { memberOf } from './json-object.js';
import type { PaymentRequirements, PaymentRequirementsV1, PaymentRequirementsV2 } from './requirements.js';
import { isFourMicaScheme } from './scheme.js';
import { type OfferedValidationPolicy, readValidationPolicy } from './validation-policy.js';

/** The versions of x402. */
export type X402Version = 1 | 2;

interface CreditOfferTerms {
  /** The offer as it was received; it is echoed unchanged. */
  readonly requirements: PaymentRequirements;
  readonly network: Caip2;
  readonly chainId: bigint;
  readonly payTo: Address;
  /** Token contract; the zero address is ETH. */
  readonly asset: Address;
  /** Base units of the asset. */
  readonly amount: bigint;
  /** Where the payer asks for a tab. */
  readonly tabEndpoint: string;
  readonly policy: OfferedValidationPolicy | undefined;
  /** 2 exactly when the offer carries a validation policy. */
  readonly guaranteeVersion: GuaranteeVersion;
}

/** A 4Mica offer of x402 version 1, read. */
export interface CreditOfferV1 extends CreditOfferTerms {
  readonly x402Version: 1;
  readonly requirements: PaymentRequirementsV1;
}

/** A 4Mica offer of x402 version 2, read. */
export interface CreditOfferV2 extends CreditOfferTerms {
  readonly x402Version: 2;
  readonly requirements: PaymentRequirementsV2;
}

/** A 4Mica offer, read. */
export type CreditOffer = CreditOfferV1 | CreditOfferV2;

/**
 * Reads a 4Mica offer of x402 version 1.
 *
 * @throws X402Error `SCHEME_UNSUPPORTED`, `TAB_ENDPOINT_REFUSED`, `VALIDATION_POLICY_INVALID` or `MESSAGE_INVALID`.
 */
export function readOfferV1(requirements: PaymentRequirementsV1): CreditOfferV1 {
  const terms = readTerms(requirements, requirements.maxAmountRequired, 'maxAmountRequired');
  if (terms.policy !== undefined) {
    throw new X402Error(
      'VALIDATION_POLICY_INVALID',
      'the offer has a validation policy, which x402 version 1 cannot carry; ask the server for version 2',
      { field: 'extra' },
    );
  }
  return { ...terms, x402Version: 1, requirements };
}

/**
 * Reads a 4Mica offer of x402 version 2.
 *
 * @throws X402Error `SCHEME_UNSUPPORTED`, `TAB_ENDPOINT_REFUSED`, `VALIDATION_POLICY_INVALID` or `MESSAGE_INVALID`.
 */
export const readOfferV2 = (requirements: PaymentRequirementsV2): CreditOfferV2 => ({
  ...readTerms(requirements, requirements.amount, 'amount'),
  x402Version: 2,
  requirements,
});

function readTerms(
  requirements: PaymentRequirements,
  amount: unknown,
  amountField: string,
): Omit<CreditOfferTerms, 'requirements'> {
  if (!isFourMicaScheme(requirements.scheme)) {
    throw new X402Error('SCHEME_UNSUPPORTED', `invalid scheme: ${requirements.scheme}`, { field: 'scheme' });
  }
  try {
    const chainId = chainIdOfNetwork(requirements.network, 'network');
    const policy = readValidationPolicy(requirements.extra, chainId);
    return {
      network: parseNetwork(requirements.network, 'network'),
      chainId,
      payTo: parseWireAddress(requirements.payTo, 'payTo'),
      asset: parseWireAddress(requirements.asset, 'asset'),
      amount: parseU256(amount, amountField),
      tabEndpoint: readTabEndpoint(requirements),
      policy,
      guaranteeVersion: policy === undefined ? 1 : 2,
    };
  } catch (error) {
    throw asMessageError(error);
  }
}

function readTabEndpoint({ extra }: PaymentRequirements): string {
  const endpoint = memberOf(extra ?? {}, 'tabEndpoint', 'tab_endpoint');
  if (typeof endpoint === 'string' && endpoint !== '') return endpoint;
  throw new X402Error(
    'TAB_ENDPOINT_REFUSED',
    'the offer has no extra.tabEndpoint, so there is no place to ask for a tab',
    { field: 'extra.tabEndpoint' },
  );
}

import type { Address, Bytes32, Hex } from '@fourmica/core-types';
import type { Step } from './timeline.js';

/** A payment of the demo with everything that is needed to check its certificate. Integers are decimal strings. */
export interface ReportedPayment {
  readonly x402Version: number;
  readonly asset: Address;
  readonly tabId: string;
  readonly reqId: string;
  /** Base units of the asset. */
  readonly amount: string;
  readonly certificate: { readonly claims: Hex; readonly signature: Hex };
  /** Operator's BLS public key, 48 bytes compressed. */
  readonly publicKey: Hex;
  /** Guarantee domain as the contract holds it. */
  readonly domain: Bytes32;
}

/** What the recipient took from the collateral for one tab, over all remunerations of it. */
export interface ReportedRemuneration {
  readonly tabId: string;
  readonly asset: Address;
  readonly amount: string;
  /** Change of the recipient's balance on chain, its own gas fees added back. */
  readonly recipientDelta: string;
  /** Transaction of the last remuneration. */
  readonly txHash: Hex;
  readonly gasUsed: string;
}

/** The one JSON object that `4mica demo --json` prints. */
export interface DemoReport {
  readonly ok: boolean;
  readonly chainId: string;
  readonly contract: string;
  readonly steps: readonly Step[];
  /** In the order of issue. */
  readonly payments: readonly ReportedPayment[];
  readonly remuneration: ReportedRemuneration | null;
  readonly durationMs: number;
}

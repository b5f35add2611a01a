import {
  type BLSCert,
  type PaymentSignature,
  type RequestClaims,
  type SignedClaims,
  SigningScheme,
  untilAborted,
} from '@fourmica/core-types';
import { RpcError } from '@fourmica/rpc-client';
import { type SequencedTab, TabSequencer, type TabSlot } from '@fourmica/x402/client';
import { PaymentOutcomeUnknownError } from './errors.js';
import { type IssueOrder, isOlderThanTab, isTaken, isTooEarly } from './issue-order.js';

/** Whoever signs payments: `client.user`, or something that sends the claims to a payer elsewhere. */
export interface ClaimsSigner {
  signPayment(claims: RequestClaims, scheme?: SigningScheme): Promise<PaymentSignature>;
}

/** A payment that the payer signed, with its certificate. */
export interface MadePayment {
  readonly signed: SignedClaims;
  readonly certificate: BLSCert;
}

/** One payment of a tab. */
export interface PaymentOfTab {
  /** The same for payments of the same tab. */
  readonly tabKey: string;
  /** Opens the tab, or finds the open one. */
  readonly openTab: () => Promise<SequencedTab>;
  readonly claimsFor: (slot: TabSlot) => RequestClaims;
  readonly payer: ClaimsSigner;
  readonly issue: (signed: SignedClaims) => Promise<BLSCert>;
  readonly signal: AbortSignal | undefined;
}

/** Payments of one tab that are signed or issued at once. */
const MAX_IN_FLIGHT = 32;
const MAX_SENDINGS = 3;
/** Tabs that are remembered; of those without payments the one that was used longest ago is forgotten first. */
const MAX_TABS = 10_000;

interface KnownTab {
  readonly sequencer: TabSequencer;
  users: number;
}

/** Gives payments their reqIds, lets payers sign them, and obtains their certificates, many at once. */
export class PaymentRequests {
  readonly #order: IssueOrder;
  readonly #tabs = new Map<string, KnownTab>();

  constructor(order: IssueOrder) {
    this.#order = order;
  }

  /**
   * Makes one payment. When its reqId turns out to be taken, or its tab closed or begun later, it is signed once more.
   * After any other failure the reqId goes to the next payment.
   *
   * @throws PaymentOutcomeUnknownError with the signed claims when the core did not answer.
   */
  async make(payment: PaymentOfTab): Promise<MadePayment> {
    const tab = this.#use(payment);
    try {
      return await this.#make(payment, tab.sequencer);
    } finally {
      tab.users--;
    }
  }

  async #make(payment: PaymentOfTab, sequencer: TabSequencer): Promise<MadePayment> {
    for (let isSignedAnew = false; ; isSignedAnew = true) {
      const slot = await sequencer.acquire(payment.signal);
      try {
        const made = await this.#makeAt(slot, payment, sequencer);
        sequencer.release(slot, true);
        return made;
      } catch (error) {
        const wasTaken = isTaken(error);
        sequencer.release(slot, wasTaken);
        if (isSignedAnew || !(wasTaken || isOlderThanTab(error))) throw error;
        if (wasTaken) await sequencer.refresh();
      }
    }
  }

  async #makeAt(slot: TabSlot, payment: PaymentOfTab, sequencer: TabSequencer): Promise<MadePayment> {
    let turn = this.#order.enter(slot.tabId, slot.reqId);
    try {
      payment.signal?.throwIfAborted();
      const claims = payment.claimsFor(slot);
      const signature = payment.payer.signPayment(claims, SigningScheme.EIP712);
      const signed = { claims, ...(await untilAborted(signature, payment.signal)) };
      let wasSent = false;
      const issue = () => {
        wasSent = true;
        return payment.issue(signed);
      };
      for (let sending = 1; ; sending++) {
        try {
          return { signed, certificate: await turn.run(issue, payment.signal) };
        } catch (error) {
          if (isUnanswered(error) || (wasSent && payment.signal?.aborted === true)) {
            throw new PaymentOutcomeUnknownError(signed, error);
          }
          const mayComeLater = isTooEarly(error) && sending < MAX_SENDINGS;
          if (!mayComeLater || !(await sequencer.isDue(slot, payment.signal))) throw error;
          turn = this.#order.enter(slot.tabId, slot.reqId);
        }
      }
    } finally {
      turn.leave();
    }
  }

  #use({ tabKey, openTab }: PaymentOfTab): KnownTab {
    const tab = this.#tabs.get(tabKey) ?? {
      // A tab at rest is asked for again: another program of the recipient may have used it.
      sequencer: new TabSequencer(openTab, { maxInFlight: MAX_IN_FLIGHT, maxAgeMs: 0 }),
      users: 0,
    };
    tab.users++;
    this.#tabs.delete(tabKey);
    this.#tabs.set(tabKey, tab);
    if (this.#tabs.size > MAX_TABS) this.#forgetOldest();
    return tab;
  }

  #forgetOldest(): void {
    for (const [key, { users }] of this.#tabs) {
      if (users > 0) continue;
      this.#tabs.delete(key);
      return;
    }
  }
}

/** Without an answer, or with one from in between, the core may have issued the guarantee. */
const isUnanswered = (error: unknown): boolean =>
  error instanceof RpcError &&
  (error.status === undefined || error.status >= 500) &&
  error.code !== 'RPC_RESPONSE_INVALID';

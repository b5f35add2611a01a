import { type BLSCert, parseAddress, type RequestClaims, type SignedClaims } from '@fourmica/core-types';
import { createRequestClaims, signRequestClaims } from '@fourmica/eip712-claims';
import type { CoreClient } from '@fourmica/rpc-client';
import { CHAIN_ID } from './chain.js';
import { isDocumentedRetryable } from './failures.js';
import type { Payer } from './payer.js';
import type { Random } from './random.js';
import { sleep } from './wait.js';

const EIP712_DOMAIN = { name: '4mica', version: '1', chainId: CHAIN_ID };
const ANSWER_LIMIT_MS = 60_000;
const RETRY_PAUSE_MS = 500;
const MAX_AMOUNT = 1_000;
/** One request in so many is sent twice at once, and one answered request in so many is sent again. */
const COPIES_ONE_IN = 8;

/** A request and the certificate that the client holds for it. */
export interface Receipt {
  readonly request: SignedClaims;
  readonly certificate: BLSCert;
}

/** One client that pays one recipient through its own tab, one reqId after the other. */
export class PaymentTask {
  readonly receipts: Receipt[] = [];
  /** Wei that went to the recipient on the chain. */
  paid = 0n;
  #isStopped = false;

  private constructor(
    readonly core: CoreClient,
    readonly payer: Payer,
    readonly recipient: string,
    readonly tabId: bigint,
    readonly random: Random,
  ) {}

  static async open(core: CoreClient, payer: Payer, index: number, random: Random): Promise<PaymentTask> {
    const recipient = parseAddress(`0x${(index + 1).toString(16).padStart(40, '7')}`);
    const tab = await core.createPaymentTab({ userAddress: payer.address, recipientAddress: recipient });
    return new PaymentTask(core, payer, recipient, tab.tabId, random);
  }

  /** Sum of all guarantees in wei, as the client knows it. */
  get total(): bigint {
    return this.receipts.reduce((sum, { request }) => sum + request.claims.amount, 0n);
  }

  /** Pays until `stop` is called; the payment under way is finished. */
  async run(): Promise<void> {
    while (!this.#isStopped) {
      const request = await this.#sign(this.#nextClaims());
      const copies = this.random.chance(COPIES_ONE_IN) ? 2 : 1;
      const answers = await Promise.all(Array.from({ length: copies }, () => this.#issue(request)));
      const certificate = sameCertificate(answers, request);
      this.receipts.push({ request, certificate });
      if (this.random.chance(COPIES_ONE_IN)) await this.#sendAgain();
    }
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** Pays some of the tab on the chain, less than is owed, so that the tab stays open. */
  async payOnChain(wei: bigint): Promise<void> {
    const { tabId, recipient } = this;
    await this.payer.gateway.payTabEth({ tabId, reqId: 0n, amount: wei, recipient });
    this.paid += wei;
  }

  #nextClaims(): RequestClaims {
    return createRequestClaims({
      userAddress: this.payer.address,
      recipientAddress: this.recipient,
      tabId: this.tabId,
      reqId: this.receipts.length,
      amount: this.random.integer(1, MAX_AMOUNT),
      timestamp: Math.floor(Date.now() / 1000),
    });
  }

  async #sign(claims: RequestClaims): Promise<SignedClaims> {
    return { claims, ...(await signRequestClaims(this.payer.signer, EIP712_DOMAIN, claims)) };
  }

  /** Repeats the same request while the answer is a documented reason to do so. */
  async #issue(request: SignedClaims): Promise<BLSCert> {
    const deadline = Date.now() + ANSWER_LIMIT_MS;
    for (;;) {
      try {
        return await this.core.issueGuarantee(request);
      } catch (error) {
        if (!isDocumentedRetryable(error) || Date.now() > deadline) throw error;
        await sleep(RETRY_PAUSE_MS);
      }
    }
  }

  async #sendAgain(): Promise<void> {
    const old = this.receipts[this.random.integer(0, this.receipts.length - 1)];
    if (old === undefined) return;
    sameCertificate([old.certificate, await this.#issue(old.request)], old.request);
  }
}

/** Returns the certificate that all answers to a request agree on. */
export function sameCertificate(answers: readonly BLSCert[], request: SignedClaims): BLSCert {
  const [first, ...others] = answers;
  if (first === undefined) throw new Error('no answer');
  for (const other of others) {
    if (other.claims !== first.claims || other.signature !== first.signature) {
      const { tabId, reqId } = request.claims;
      throw new Error(
        `reqId ${reqId} of tab ${tabId} got two certificates: ${show(first)} and ${show(other)}`,
      );
    }
  }
  return first;
}

const show = ({ claims, signature }: BLSCert): string => `${claims} ${signature}`;

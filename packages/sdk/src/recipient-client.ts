import { assertCertificateMatches, loadBls } from '@fourmica/bls-cert';
import {
  type Address,
  type BLSCert,
  type Bytes32,
  type CertificateClaims,
  type CreateTabRequest,
  ETH_ASSET,
  type Hex,
  type PaymentSignature,
  parseAddress,
  parseU64,
  parseU256,
  parseWith,
  type RequestClaims,
  type RequestClaimsV2,
  type SettlementStatus,
  SignatureTextSchema,
  type SignedClaims,
  SigningScheme,
  type UintLike,
  untilAborted,
} from '@fourmica/core-types';
import type { RequestOptions } from '@fourmica/rpc-client';
import { activeGuaranteeVersion, type ClientContext, requireSigner } from './client-context.js';
import { IssueOrder } from './issue-order.js';
import type { TabPaymentStatus, TransactionReceipt } from './models/chain-models.js';
import {
  AssetBalanceInfo,
  CollateralEventInfo,
  GuaranteeInfo,
  OpenedTab,
  PendingRemunerationInfo,
  RecipientPaymentInfo,
  TabInfo,
} from './models/core-models.js';
import { type WithJson, withJson } from './models/json.js';
import { type ClaimsSigner, type MadePayment, PaymentRequests } from './payment-requests.js';
import { prepareClaims, type ValidationFields } from './prepare-claims.js';
import { RunningTotals } from './running-totals.js';
import type { AssetArgument, TxReceiptWaitOptions } from './user-client.js';

/** What a verified certificate says. */
export type PaymentGuaranteeClaims = WithJson<CertificateClaims>;

/** A tab to be opened. */
export interface CreateTabArguments {
  /** The payer. */
  readonly userAddress: string;
  /** By default the client's own address. */
  readonly recipientAddress?: string | null | undefined;
  /** Token contract; absent, null and the zero address are ETH. */
  readonly erc20Token?: AssetArgument;
  /** Life of the tab in seconds; by default the core's, one day. */
  readonly ttl?: UintLike | null | undefined;
  /** Default 1. */
  readonly guaranteeVersion?: UintLike | undefined;
}

/** A payment that a recipient asks a payer for. */
export interface PaymentRequestFields extends Omit<CreateTabArguments, 'guaranteeVersion'> {
  /** Base units of the asset (wei for ETH). */
  readonly amount: UintLike;
  /** Makes it a payment of guarantee version 2. */
  readonly validation?: ValidationFields | undefined;
}

/** A tab to be opened: one object, or the positional arguments of other SDKs. */
export type CreateTabParameters =
  | [tab: CreateTabArguments, options?: RequestOptions]
  | [
      userAddress: string,
      recipientAddress: string | null,
      erc20Token: AssetArgument,
      ttl: UintLike | null | undefined,
      guaranteeVersion?: UintLike,
      options?: RequestOptions,
    ];

/** What a recipient does: open tabs, obtain and verify guarantees, collect what stays unpaid. */
export class RecipientClient {
  readonly #context: ClientContext;
  readonly #totals = new RunningTotals();
  readonly #order = new IssueOrder();
  readonly #payments = new PaymentRequests(this.#order);

  /** @internal */
  constructor(context: ClientContext) {
    this.#context = context;
  }

  /** The recipient's address. @throws ConfigError `SIGNER_REQUIRED`. */
  get address(): Address {
    return requireSigner(this.#context, 'the address of this client').address;
  }

  /** Guarantee domain of version 1, or undefined when the core issues none. */
  get guaranteeDomain(): Bytes32 | undefined {
    return this.#context.domains.get(1);
  }

  /** Newest guarantee version that core, contract and client have in common. */
  get activeGuaranteeVersion(): number {
    return activeGuaranteeVersion(this.#context);
  }

  /** Guarantee domain of {@link activeGuaranteeVersion}. */
  get activeGuaranteeDomain(): Bytes32 | undefined {
    return this.#context.domains.get(this.activeGuaranteeVersion);
  }

  /** Opens the tab of a payer, an asset and a guarantee version, or finds the open one; resolves to its id. */
  async createTab(...parameters: CreateTabParameters): Promise<bigint> {
    return (await this.openTab(...parameters)).tabId;
  }

  /** Does what {@link createTab} does and resolves to the whole tab, with the reqId of its next guarantee. */
  async openTab(...parameters: CreateTabParameters): Promise<OpenedTab> {
    const [tab, options] = createTabArguments(parameters);
    return this.#openTab(this.#parseTab(tab), options);
  }

  /**
   * Asks a payer for a payment and trades it for a certificate: finds the tab, gives the payment its reqId, lets the payer
   * sign, has the guarantee issued and verifies it. May be called many times at once, for one tab and for many: reqIds are
   * given out without gaps, and a reqId that somebody else took is replaced once.
   *
   * The same claims are one payment: two programs that ask the same payer at the same second for the same amount on the
   * same tab may get one certificate. Ask for the payments of a tab in one program.
   *
   * @param payer - `client.user`, or an object whose `signPayment` sends the claims to a payer elsewhere.
   * @throws PaymentOutcomeUnknownError when the core did not answer, or the signal fired while it was asked: `signed` can be
   * issued again without harm. Before that, the reason of the signal.
   * @throws RpcError when the core refuses, PaymentError when it does not accept the guarantee version.
   */
  async requestPayment(
    request: PaymentRequestFields,
    payer: ClaimsSigner,
    options: RequestOptions = {},
  ): Promise<MadePayment> {
    const { amount, validation, ...fields } = request;
    const tab = this.#parseTab({ ...fields, guaranteeVersion: validation === undefined ? 1 : 2 });
    const { userAddress, recipientAddress, erc20Token, guaranteeVersion } = tab;
    const intent = { userAddress, recipientAddress, erc20Token, amount: parseU256(amount, 'amount') };
    return this.#payments.make({
      tabKey: [userAddress, recipientAddress, erc20Token, guaranteeVersion].join(' '),
      openTab: () => this.#openTab(tab),
      claimsFor: (slot) => prepareClaims(this.#context, { ...intent, ...slot }, validation),
      payer,
      issue: (signed) => this.#issue(signed, options),
      signal: options.signal,
    });
  }

  #parseTab(tab: CreateTabArguments) {
    const erc20Token = parseAddress(tab.erc20Token ?? ETH_ASSET, 'erc20Token');
    return {
      userAddress: parseAddress(tab.userAddress, 'userAddress'),
      recipientAddress: parseAddress(tab.recipientAddress ?? this.address, 'recipientAddress'),
      erc20Token: erc20Token === ETH_ASSET ? null : erc20Token,
      ttlSeconds: tab.ttl == null ? null : parseU64(tab.ttl, 'ttl'),
      guaranteeVersion: parseU64(tab.guaranteeVersion ?? 1, 'guaranteeVersion'),
    };
  }

  async #openTab(tab: CreateTabRequest, options?: RequestOptions): Promise<OpenedTab> {
    return OpenedTab.fromRpc(await this.#context.rpc.createPaymentTab(tab, options));
  }

  /** Reads what the contract knows about the payment of a tab. */
  async getTabPaymentStatus(tabId: UintLike, options?: RequestOptions): Promise<TabPaymentStatus> {
    const status = this.#context.gateway.getTabPaymentStatus(parseU256(tabId, 'tabId'));
    return withJson(await untilAborted(status, options?.signal));
  }

  /**
   * Trades a payer's signed claims for a certificate, verifies it, and checks that it says what was requested and that
   * its running total fits the tab's other certificates. The same claims give the same certificate.
   *
   * Calls at the same time are sent in the order of their reqIds. {@link requestPayment} gives out the reqIds as well.
   *
   * @param signature - hex, or the payer's signature object, whose scheme then counts.
   * @throws RpcError when the core refuses.
   * @throws VerificationError when the core's certificate is not worth its bytes.
   */
  async issuePaymentGuarantee(
    claims: RequestClaims,
    signature: string | PaymentSignature,
    scheme: SigningScheme = SigningScheme.EIP712,
    options?: RequestOptions,
  ): Promise<BLSCert> {
    const signed =
      typeof signature === 'string'
        ? { claims, signature: parseWith(SignatureTextSchema, signature, 'signature') as Hex, scheme }
        : { claims, signature: signature.signature, scheme: signature.scheme };
    return this.issuePreparedPaymentGuarantee(signed, options);
  }

  /** Does what {@link issuePaymentGuarantee} does, for version 2 claims. */
  issuePaymentGuaranteeV2(
    claims: RequestClaimsV2,
    signature: string | PaymentSignature,
    scheme?: SigningScheme,
    options?: RequestOptions,
  ): Promise<BLSCert> {
    return this.issuePaymentGuarantee(claims, signature, scheme, options);
  }

  /** Does what {@link issuePaymentGuarantee} does, for what `signPaymentAuto` resolved to. */
  async issuePreparedPaymentGuarantee(signed: SignedClaims, options?: RequestOptions): Promise<BLSCert> {
    const { tabId, reqId } = signed.claims;
    return this.#order.enter(tabId, reqId).run(() => this.#issue(signed, options), options?.signal);
  }

  async #issue(signed: SignedClaims, options: RequestOptions | undefined): Promise<BLSCert> {
    const certificate = await this.#context.rpc.issueGuarantee(signed, options);
    await this.verifyPaymentGuarantee(certificate, signed.claims, options);
    return certificate;
  }

  /**
   * Verifies a certificate: BLS signature under the key that the contract holds for its version, guarantee domain,
   * version enabled, in version 2 that the policy is bound to the payment, and that amount and running total fit the
   * other certificates of the tab that this client has seen.
   *
   * @param requested - the claims that it was asked for with; every member has to be the same.
   * @returns what the certificate says.
   * @throws VerificationError with a `CERTIFICATE_…` code.
   */
  async verifyPaymentGuarantee(
    certificate: BLSCert,
    requested?: RequestClaims,
    options?: RequestOptions,
  ): Promise<PaymentGuaranteeClaims> {
    const certified = await untilAborted(this.#context.trust.verify(certificate), options?.signal);
    if (requested !== undefined) assertCertificateMatches(certified, requested);
    this.#totals.check(certified);
    return withJson(certified);
  }

  /**
   * Collects what a certificate's tab still owes from the payer's collateral. The certificate is verified and the call
   * simulated first; anybody may send it, the money goes to the certificate's recipient.
   *
   * @throws VerificationError when the certificate is not valid.
   * @throws ContractError saying why the contract refuses, for example `TAB_NOT_YET_OVERDUE` with `context.notBefore`.
   */
  async remunerate(certificate: BLSCert, wait?: TxReceiptWaitOptions): Promise<TransactionReceipt> {
    await untilAborted(this.#context.trust.verify(certificate), wait?.signal);
    const words = (await loadBls()).signatureToWords(certificate.signature);
    return withJson(await this.#context.gateway.remunerate(certificate.claims, words, wait));
  }

  /** Lists the recipient's tabs that are paid or were collected, last changed first. */
  async listSettledTabs(options?: RequestOptions): Promise<TabInfo[]> {
    return (await this.#context.rpc.listSettledTabs(this.address, options)).map(TabInfo.fromRpc);
  }

  /** Lists the recipient's tabs that are still owed, each with its newest guarantee. */
  async listPendingRemunerations(options?: RequestOptions): Promise<PendingRemunerationInfo[]> {
    const pending = await this.#context.rpc.listPendingRemunerations(this.address, options);
    return pending.map(PendingRemunerationInfo.fromRpc);
  }

  /** Reads a tab; null when the core does not know it. */
  async getTab(tabId: UintLike, options?: RequestOptions): Promise<TabInfo | null> {
    const tab = await this.#context.rpc.getTab(tabId, options);
    return tab && TabInfo.fromRpc(tab);
  }

  /** Lists the recipient's tabs, last changed first; without statuses all of them. */
  async listRecipientTabs(
    settlementStatuses?: readonly SettlementStatus[] | null,
    options?: RequestOptions,
  ): Promise<TabInfo[]> {
    const statuses = settlementStatuses ?? undefined;
    return (await this.#context.rpc.listRecipientTabs(this.address, statuses, options)).map(TabInfo.fromRpc);
  }

  /** Lists the guarantees of a tab, oldest first. */
  async getTabGuarantees(tabId: UintLike, options?: RequestOptions): Promise<GuaranteeInfo[]> {
    return (await this.#context.rpc.getTabGuarantees(tabId, options)).map(GuaranteeInfo.fromRpc);
  }

  /** Reads the newest guarantee of a tab; null when there is none. The next reqId is one more than its. */
  async getLatestGuarantee(tabId: UintLike, options?: RequestOptions): Promise<GuaranteeInfo | null> {
    const guarantee = await this.#context.rpc.getLatestGuarantee(tabId, options);
    return guarantee && GuaranteeInfo.fromRpc(guarantee);
  }

  /** Reads one guarantee of a tab; null when that reqId has none. */
  async getGuarantee(
    tabId: UintLike,
    reqId: UintLike,
    options?: RequestOptions,
  ): Promise<GuaranteeInfo | null> {
    const guarantee = await this.#context.rpc.getGuarantee(tabId, reqId, options);
    return guarantee && GuaranteeInfo.fromRpc(guarantee);
  }

  /** Lists the on-chain payments to the recipient, newest first. */
  async listRecipientPayments(options?: RequestOptions): Promise<RecipientPaymentInfo[]> {
    const payments = await this.#context.rpc.listRecipientPayments(this.address, options);
    return payments.map(RecipientPaymentInfo.fromRpc);
  }

  /** Lists the changes of collateral that belong to a tab, newest first. */
  async getCollateralEventsForTab(tabId: UintLike, options?: RequestOptions): Promise<CollateralEventInfo[]> {
    const events = await this.#context.rpc.getCollateralEventsForTab(tabId, options);
    return events.map(CollateralEventInfo.fromRpc);
  }

  /** Reads a payer's collateral in one asset; null when the core knows of none. */
  async getUserAssetBalance(
    userAddress: string,
    assetAddress: string,
    options?: RequestOptions,
  ): Promise<AssetBalanceInfo | null> {
    const balance = await this.#context.rpc.getUserAssetBalance(userAddress, assetAddress, options);
    return balance && AssetBalanceInfo.fromRpc(balance);
  }
}

function createTabArguments(
  parameters: CreateTabParameters,
): readonly [CreateTabArguments, RequestOptions | undefined] {
  const [first] = parameters;
  if (typeof first === 'object') return [first, parameters[1] as RequestOptions | undefined];
  const [userAddress, recipientAddress, erc20Token, ttl, guaranteeVersion, options] = parameters as Extract<
    CreateTabParameters,
    [string, ...unknown[]]
  >;
  return [{ userAddress, recipientAddress, erc20Token, ttl, guaranteeVersion }, options];
}

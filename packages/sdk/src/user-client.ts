import type { TransactionOptions } from '@fourmica/contract-gateway';
import {
  type Address,
  ETH_ASSET,
  type PaymentSignature,
  parseAddress,
  parseU256,
  type RequestClaims,
  type RequestClaimsV2,
  type SettlementStatus,
  type SignedClaims,
  SigningScheme,
  type UintLike,
  untilAborted,
} from '@fourmica/core-types';
import { assertCanonicalValidation, signRequestClaims } from '@fourmica/eip712-claims';
import type { RequestOptions } from '@fourmica/rpc-client';
import { type CollateralWaitOptions, untilCollateral } from './await-collateral.js';
import { type ClientContext, requireOwnAccount, requireSigner, signingDomain } from './client-context.js';
import {
  type StablecoinPosition,
  type TabPaymentStatus,
  type TransactionReceipt,
  type UserInfo,
  userInfo,
} from './models/chain-models.js';
import { AssetBalanceInfo, TabInfo } from './models/core-models.js';
import { withJson } from './models/json.js';
import {
  completeTabPayment,
  type ParsedTabPayment,
  parseTabPayment,
  type TabPaymentRequest,
} from './owed.js';
import { type PaymentIntentFields, prepareClaims, type ValidationFields } from './prepare-claims.js';
import { SentPayments } from './sent-payments.js';

/** How one transaction is priced and waited for. */
export type TxReceiptWaitOptions = TransactionOptions;

/** A token contract; absent, null and the zero address are ETH. */
export type AssetArgument = string | null | undefined;

/**
 * What a payer does: hold collateral, sign payments, pay tabs. Amounts are wei or base units. Transactions resolve once
 * they are mined and succeeded; they throw `ContractError` otherwise.
 */
export class UserClient {
  readonly #context: ClientContext;
  readonly #sent = new SentPayments();

  /** @internal */
  constructor(context: ClientContext) {
    this.#context = context;
  }

  /** The payer's address. @throws ConfigError `SIGNER_REQUIRED`. */
  get address(): Address {
    return requireSigner(this.#context, 'the address of this client').address;
  }

  /**
   * Lets the contract take up to `amount` of a token from the payer, for deposits and payments. The allowance is read
   * back; tokens in the manner of USDT are reset to zero first.
   */
  async approveErc20(
    token: string,
    amount: UintLike,
    wait?: TxReceiptWaitOptions,
  ): Promise<TransactionReceipt> {
    requireOwnAccount(this.#context, 'approveErc20');
    return withJson(await this.#context.gateway.approveErc20(token, amount, wait));
  }

  /** Adds ETH or a token to the payer's collateral. A token needs {@link approveErc20} first. */
  async deposit(
    amount: UintLike,
    erc20Token?: AssetArgument,
    wait?: TxReceiptWaitOptions,
  ): Promise<TransactionReceipt> {
    requireOwnAccount(this.#context, 'deposit');
    return withJson(await this.#context.gateway.depositErc20(assetOf(erc20Token), amount, wait));
  }

  /**
   * Adds a token with permits (ERC-2612, such as USDC) to the payer's collateral, without {@link approveErc20}: the payer
   * signs an allowance of exactly this amount.
   *
   * @throws ContractError `PERMIT_UNSUPPORTED` for a token without permits.
   */
  async depositWithPermit(
    amount: UintLike,
    erc20Token: string,
    wait?: TxReceiptWaitOptions,
  ): Promise<TransactionReceipt> {
    requireOwnAccount(this.#context, 'depositWithPermit');
    return withJson(await this.#context.gateway.depositErc20WithPermit(erc20Token, amount, wait));
  }

  /**
   * Waits until the core counts at least `amount` as free collateral of the payer. A deposit counts once its block is
   * final: after seconds on a local network, after many minutes on Ethereum.
   *
   * @param amount - wei or base units.
   * @throws PaymentError `COLLATERAL_NOT_SEEN` when the time is over.
   */
  async waitForCollateral(
    amount: UintLike,
    erc20Token?: AssetArgument,
    options: CollateralWaitOptions = {},
  ): Promise<AssetBalanceInfo> {
    const wanted = parseU256(amount, 'amount');
    const asset = parseAddress(assetOf(erc20Token), 'erc20Token');
    const read = () => this.#context.rpc.getUserAssetBalance(this.address, asset, options);
    return AssetBalanceInfo.fromRpc(await untilCollateral(read, wanted, options));
  }

  /**
   * Lists the payer's collateral in ETH and every token of the contract, as the contract holds it.
   *
   * @param options.blockNumber - reads the past state of that block.
   */
  async getUser(
    options: RequestOptions & { readonly blockNumber?: number | undefined } = {},
  ): Promise<UserInfo[]> {
    const { blockNumber, signal } = options;
    const past = blockNumber === undefined ? {} : { blockNumber };
    const assets = await untilAborted(this.#context.gateway.getUserAssets(this.address, past), signal);
    return assets.map(userInfo);
  }

  /** Reads what the contract knows about the payment of a tab. */
  async getTabPaymentStatus(tabId: UintLike, options?: RequestOptions): Promise<TabPaymentStatus> {
    const status = this.#context.gateway.getTabPaymentStatus(parseU256(tabId, 'tabId'));
    return withJson(await untilAborted(status, options?.signal));
  }

  /**
   * Signs request claims.
   *
   * @throws SigningError when the signer is not the payer of the claims, or the wallet refuses.
   * @throws ValidationPolicyError when version 2 claims are not bound to their policy, or name another chain.
   */
  async signPayment(
    claims: RequestClaims,
    scheme: SigningScheme = SigningScheme.EIP712,
  ): Promise<PaymentSignature> {
    const signer = requireSigner(this.#context, 'signPayment');
    if (claims.version === 2) assertCanonicalValidation(claims, this.#context.params.chainId);
    return signRequestClaims(signer, signingDomain(this.#context), claims, scheme);
  }

  /** Signs version 2 request claims; the same as {@link signPayment}. */
  signPaymentV2(claims: RequestClaimsV2, scheme?: SigningScheme): Promise<PaymentSignature> {
    return this.signPayment(claims, scheme);
  }

  /**
   * Builds and signs claims: version 2 when a validation is asked for, version 1 otherwise.
   *
   * @throws PaymentError when the core does not accept that version.
   */
  async signPaymentAuto(
    intent: PaymentIntentFields,
    validation?: ValidationFields,
    scheme: SigningScheme = SigningScheme.EIP712,
  ): Promise<SignedClaims> {
    const claims = prepareClaims(this.#context, { userAddress: this.address, ...intent }, validation);
    return { claims, ...(await this.signPayment(claims, scheme)) };
  }

  /**
   * Pays a tab, in ETH with a transfer to the recipient, or in a token through the contract. What is left out is looked
   * up: everything that is still owed, in the tab's asset, to the tab's recipient.
   *
   * @throws PaymentError when nothing is owed, or when what is left out cannot be found.
   */
  async payTab(request: TabPaymentRequest, wait?: TxReceiptWaitOptions): Promise<TransactionReceipt>;
  async payTab(
    tabId: UintLike,
    reqId: UintLike,
    amount: UintLike,
    recipientAddress: string,
    erc20Token?: AssetArgument,
    wait?: TxReceiptWaitOptions,
  ): Promise<TransactionReceipt>;
  async payTab(
    first: TabPaymentRequest | UintLike,
    ...rest: readonly unknown[]
  ): Promise<TransactionReceipt> {
    const [request, wait] = payTabArguments(first, rest);
    const parsed = parseTabPayment(request);
    requireOwnAccount(this.#context, 'payTab');
    return this.#sent.inOrder(parsed.tabId, () => this.#payTab(parsed, wait));
  }

  async #payTab(
    request: ParsedTabPayment,
    wait: TxReceiptWaitOptions | undefined,
  ): Promise<TransactionReceipt> {
    const { gateway } = this.#context;
    const { signal } = wait ?? {};
    signal?.throwIfAborted();
    const payment = await completeTabPayment(this.#context, request, this.#sent, signal);
    const { paid } = await untilAborted(gateway.getTabPaymentStatus(payment.tabId), signal);
    const pay = () => gateway.payTab(payment, wait);
    return withJson(await this.#sent.remember(payment.tabId, paid, payment.amount, pay));
  }

  /** Requests a withdrawal of collateral; replaces a pending request of the asset and restarts its wait. */
  async requestWithdrawal(
    amount: UintLike,
    erc20Token?: AssetArgument,
    wait?: TxReceiptWaitOptions,
  ): Promise<TransactionReceipt> {
    requireOwnAccount(this.#context, 'requestWithdrawal');
    return withJson(await this.#context.gateway.requestWithdrawal(amount, assetOf(erc20Token), wait));
  }

  /** Cancels the pending withdrawal of an asset. */
  async cancelWithdrawal(
    erc20Token?: AssetArgument,
    wait?: TxReceiptWaitOptions,
  ): Promise<TransactionReceipt> {
    requireOwnAccount(this.#context, 'cancelWithdrawal');
    return withJson(await this.#context.gateway.cancelWithdrawal(assetOf(erc20Token), wait));
  }

  /** Pays out the pending withdrawal of an asset once its wait is over. */
  async finalizeWithdrawal(
    erc20Token?: AssetArgument,
    wait?: TxReceiptWaitOptions,
  ): Promise<TransactionReceipt> {
    requireOwnAccount(this.#context, 'finalizeWithdrawal');
    return withJson(await this.#context.gateway.finalizeWithdrawal(assetOf(erc20Token), wait));
  }

  /** Lists the payer's tabs, last changed first; without statuses all of them. */
  async listTabs(
    settlementStatuses?: readonly SettlementStatus[],
    options?: RequestOptions,
  ): Promise<TabInfo[]> {
    const tabs = await this.#context.rpc.listUserTabs(this.address, settlementStatuses, options);
    return tabs.map(TabInfo.fromRpc);
  }

  /** Reads the collateral that was paid in, in base units; differs from the balance only on contracts with yield. */
  async getPrincipalBalance(erc20Token?: AssetArgument, options?: RequestOptions): Promise<bigint> {
    const asset = parseAddress(assetOf(erc20Token), 'erc20Token');
    return untilAborted(this.#context.gateway.principalBalance(this.address, asset), options?.signal);
  }

  /** Reads the payer's collateral in a token with what it has earned, where the contract lends it out. */
  async getStablecoinPosition(erc20Token: string, options?: RequestOptions): Promise<StablecoinPosition> {
    const token = parseAddress(erc20Token, 'erc20Token');
    const position = this.#context.gateway.stablecoinPosition(this.address, token);
    return withJson(await untilAborted(position, options?.signal));
  }

  /** Reads what the contract would pay out in a withdrawal, in base units. */
  async getWithdrawableBalance(erc20Token?: AssetArgument, options?: RequestOptions): Promise<bigint> {
    const asset = parseAddress(assetOf(erc20Token), 'erc20Token');
    return untilAborted(this.#context.gateway.withdrawableBalance(this.address, asset), options?.signal);
  }
}

const assetOf = (erc20Token: AssetArgument): string => erc20Token ?? ETH_ASSET;

type PositionalPayment = readonly [
  reqId: UintLike,
  amount: UintLike,
  recipientAddress: string,
  erc20Token?: AssetArgument,
  wait?: TxReceiptWaitOptions,
];

/** Without a token, the positional form means ETH, and the form with an object means the tab's asset. */
function payTabArguments(
  first: TabPaymentRequest | UintLike,
  rest: readonly unknown[],
): readonly [TabPaymentRequest, TxReceiptWaitOptions | undefined] {
  if (typeof first === 'object') return [first, rest[0] as TxReceiptWaitOptions | undefined];
  const [reqId, amount, recipientAddress, erc20Token, wait] = rest as PositionalPayment;
  return [{ tabId: first, reqId, amount, recipientAddress, erc20Token: assetOf(erc20Token) }, wait];
}

import {
  type Address,
  type Bytes32,
  ETH_ASSET,
  encodePaymentMemo,
  type Hex,
  parseAddress,
  parseBytes32,
  parseU256,
  type UintLike,
  ValidationError,
} from '@fourmica/core-types';
import { hexlify, type Provider, toUtf8Bytes } from 'ethers';
import { core4Mica } from './abi.js';
import { type Connection, connect, type GatewayOptions } from './connection.js';
import { ContractView, type SignatureWords } from './contract-view.js';
import { approve, readAllowance } from './erc20.js';
import { ContractError, type ContractErrorContext } from './errors.js';
import { signPermit } from './permit.js';
import type {
  GatewayReceipt,
  OutgoingCall,
  TransactionOptions,
  TransactionSender,
} from './transaction-sender.js';

/** A payment of a tab in ETH. */
export interface EthTabPayment {
  readonly tabId: UintLike;
  /** Request that prompted the payment; goes into the memo. */
  readonly reqId: UintLike;
  /** Wei. */
  readonly amount: UintLike;
  readonly recipient: string;
}

/** A payment of a tab in a token. */
export interface Erc20TabPayment {
  readonly tabId: UintLike;
  /** Token contract. */
  readonly asset: string;
  /** Base units. */
  readonly amount: UintLike;
  readonly recipient: string;
}

/** A payment of a tab in its asset; the zero address is ETH. */
export type TabPayment = EthTabPayment & Erc20TabPayment;

/**
 * The Core4Mica contract behind an Ethereum node.
 *
 * Every write is simulated first, sent with the node's fees and an estimated gas limit, and resolves when its receipt
 * says success. Amounts are wei or base units. Wherever an asset is named, the zero address is ETH.
 */
export class ContractGateway extends ContractView {
  readonly provider: Provider;
  readonly contractAddress: Address;
  readonly chainId: bigint;
  readonly #sender: TransactionSender | undefined;
  readonly #closeProvider: () => void;

  private constructor(parts: Connection) {
    super(parts.provider, parts.contractAddress);
    this.provider = parts.provider;
    this.contractAddress = parts.contractAddress;
    this.chainId = parts.chainId;
    this.#sender = parts.sender;
    this.#closeProvider = parts.closeProvider;
  }

  /**
   * Connects to the contract after checking that the node serves the expected chain and that there is code at the
   * address.
   *
   * @throws ContractError `CHAIN_ID_MISMATCH`, `CONTRACT_NOT_FOUND` or `RPC_UNREACHABLE`.
   * @throws ValidationError when an option is malformed.
   */
  static async connect(options: GatewayOptions): Promise<ContractGateway> {
    return new ContractGateway(await connect(options));
  }

  /** Account that pays for transactions; undefined when the gateway only reads. */
  get signerAddress(): Address | undefined {
    return this.#sender?.address;
  }

  /** Closes the connection, unless the caller passed the provider. May be called twice. */
  close(): void {
    this.#closeProvider();
  }

  /** Adds ETH to the account's collateral. */
  deposit(amount: UintLike, options?: TransactionOptions): Promise<GatewayReceipt> {
    return this.#send('deposit', 'deposit', [], options, { value: positive(amount, 'amount') });
  }

  /**
   * Adds a token to the account's collateral.
   *
   * @throws ContractError `ALLOWANCE_TOO_LOW` when {@link approveErc20} has to be called first.
   */
  async depositErc20(token: string, amount: UintLike, options?: TransactionOptions): Promise<GatewayReceipt> {
    const asset = parseAddress(token, 'token');
    const value = positive(amount, 'amount');
    if (asset === ETH_ASSET) return this.deposit(value, options);
    await this.#assertAllowance('deposit', asset, value);
    return this.#send('deposit', 'depositStablecoin', [asset, value], options);
  }

  /**
   * Adds a token with permits (ERC-2612, such as USDC) to the account's collateral. The account signs an allowance of
   * exactly `amount` that ends in an hour, and hands it to the token first; an allowance that suffices is used as it is.
   *
   * @throws ContractError `PERMIT_UNSUPPORTED` for a token without permits: {@link approveErc20} is for these.
   */
  async depositErc20WithPermit(
    token: string,
    amount: UintLike,
    options?: TransactionOptions,
  ): Promise<GatewayReceipt> {
    const asset = parseAddress(token, 'token');
    if (asset === ETH_ASSET)
      throw new ValidationError('token', token, 'a token contract; ETH needs no permit');
    const value = positive(amount, 'amount');
    const sender = this.#requireSender('deposit');
    const allowance = () => readAllowance(this.provider, asset, sender.address, this.contractAddress);
    if ((await allowance()) < value) {
      const permit = await signPermit(this.provider, sender.signer, this.chainId, {
        token: asset,
        owner: sender.address,
        spender: this.contractAddress,
        amount: value,
        deadline: (await this.blockTimestamp()) + PERMIT_LIFE_SECONDS,
      });
      try {
        await sender.send(permit, options);
      } catch (error) {
        // Whoever saw the permit may have handed it in: then it fails here, and its allowance is there.
        if ((await allowance()) < value) throw error;
      }
    }
    return this.#send('deposit', 'depositStablecoin', [asset, value], options);
  }

  /**
   * Lets the contract take up to `amount` of a token from the account, and reads the allowance back. Tokens that
   * refuse to change a non-zero allowance, such as USDT, are reset to zero first.
   */
  async approveErc20(
    token: string,
    amount: UintLike,
    options: TransactionOptions = {},
  ): Promise<GatewayReceipt> {
    const asset = parseAddress(token, 'token');
    if (asset === ETH_ASSET)
      throw new ValidationError('token', token, 'a token contract; ETH needs no approval');
    const value = parseU256(amount, 'amount');
    const sender = this.#requireSender('approve');
    return approve(this.provider, sender, asset, this.contractAddress, value, options);
  }

  /** Pays a tab in its asset: {@link payTabEth} for the zero address, {@link payTabErc20} for a token. */
  async payTab(payment: TabPayment, options?: TransactionOptions): Promise<GatewayReceipt> {
    return parseAddress(payment.asset, 'asset') === ETH_ASSET
      ? this.payTabEth(payment, options)
      : this.payTabErc20(payment, options);
  }

  /** Pays a tab with an ETH transfer to the recipient, whose calldata names tab and request. */
  async payTabEth(payment: EthTabPayment, options?: TransactionOptions): Promise<GatewayReceipt> {
    const recipient = payee(payment.recipient);
    const tabId = parseU256(payment.tabId, 'tabId');
    const memo = encodePaymentMemo({ tabId, reqId: parseU256(payment.reqId, 'reqId') });
    return this.#requireSender('pay tab').send(
      {
        operation: 'pay tab',
        to: recipient,
        data: hexlify(toUtf8Bytes(memo)) as Hex,
        value: positive(payment.amount, 'amount'),
      },
      options,
    );
  }

  /**
   * Pays a tab with a token, from the account straight to the recipient.
   *
   * @throws ContractError `ALLOWANCE_TOO_LOW` when {@link approveErc20} has to be called first.
   */
  async payTabErc20(payment: Erc20TabPayment, options?: TransactionOptions): Promise<GatewayReceipt> {
    const asset = parseAddress(payment.asset, 'asset');
    if (asset === ETH_ASSET)
      throw new ValidationError('asset', asset, 'a token contract; pay ETH with payTabEth');
    const recipient = payee(payment.recipient);
    const tabId = parseU256(payment.tabId, 'tabId');
    const amount = positive(payment.amount, 'amount');
    await this.#assertAllowance('pay tab', asset, amount);
    return this.#send('pay tab', 'payTabInERC20Token', [tabId, asset, amount, recipient], options);
  }

  /** Requests a withdrawal of collateral; replaces a pending request of the asset and restarts its wait. */
  async requestWithdrawal(
    amount: UintLike,
    asset: string = ETH_ASSET,
    options?: TransactionOptions,
  ): Promise<GatewayReceipt> {
    const token = parseAddress(asset, 'asset');
    const value = positive(amount, 'amount');
    const [signature, args] =
      token === ETH_ASSET
        ? ['requestWithdrawal(uint256)', [value]]
        : ['requestWithdrawal(address,uint256)', [token, value]];
    return this.#send('request withdrawal', signature as string, args as unknown[], options, {
      explain: async (errorName) =>
        errorName === 'InsufficientAvailable'
          ? { collateral: await this.collateral(this.#requireSender('request withdrawal').address, token) }
          : {},
    });
  }

  /** Cancels the pending withdrawal of an asset. */
  async cancelWithdrawal(asset: string = ETH_ASSET, options?: TransactionOptions): Promise<GatewayReceipt> {
    const token = parseAddress(asset, 'asset');
    return token === ETH_ASSET
      ? this.#send('cancel withdrawal', 'cancelWithdrawal()', [], options)
      : this.#send('cancel withdrawal', 'cancelWithdrawal(address)', [token], options);
  }

  /**
   * Pays out the pending withdrawal of an asset.
   *
   * @throws ContractError `GRACE_PERIOD_NOT_ELAPSED` with `context.notBefore` in unix seconds.
   */
  async finalizeWithdrawal(asset: string = ETH_ASSET, options?: TransactionOptions): Promise<GatewayReceipt> {
    const token = parseAddress(asset, 'asset');
    const operation = 'finalize withdrawal';
    const explain = async (errorName: string): Promise<ContractErrorContext> => {
      if (errorName !== 'GracePeriodNotElapsed') return {};
      const account = this.#requireSender(operation).address;
      const [request, timing] = await Promise.all([this.withdrawalRequest(account, token), this.timing()]);
      return { notBefore: request.timestamp + timing.withdrawalGracePeriod };
    };
    return token === ETH_ASSET
      ? this.#send(operation, 'finalizeWithdrawal()', [], options, { explain })
      : this.#send(operation, 'finalizeWithdrawal(address)', [token], options, { explain });
  }

  /**
   * Claims what a certificate's tab still owes from the payer's collateral; the money goes to the certificate's
   * recipient, whoever calls.
   *
   * @param claims - the certificate's claims as hex.
   * @param signature - its signature as eight words.
   * @throws ContractError for example `TAB_NOT_YET_OVERDUE` with `context.notBefore` in unix seconds.
   */
  async remunerate(
    claims: Hex,
    signature: SignatureWords,
    options?: TransactionOptions,
  ): Promise<GatewayReceipt> {
    return this.#requireSender('remunerate').send(this.#remunerateCall(claims, signature), options);
  }

  /**
   * Executes {@link remunerate} without sending it.
   *
   * @throws ContractError what it would revert with.
   */
  async simulateRemunerate(claims: Hex, signature: SignatureWords): Promise<void> {
    await this.#requireSender('remunerate').simulate(this.#remunerateCall(claims, signature));
  }

  /** Records a payment as the operator. The same id with the same values changes nothing. */
  async recordPaymentById(
    paymentId: Bytes32,
    tabId: UintLike,
    asset: string,
    amount: UintLike,
    options?: TransactionOptions,
  ): Promise<GatewayReceipt> {
    const args = [
      parseBytes32(paymentId, 'paymentId'),
      parseU256(tabId, 'tabId'),
      parseAddress(asset, 'asset'),
      positive(amount, 'amount'),
    ];
    return this.#send('record payment', 'recordPaymentById', args, options);
  }

  /**
   * Goes on waiting for a transaction of the account that an earlier process sent, with the same options.
   *
   * @param operation - name for messages, such as `record payment`.
   * @returns undefined when the node does not know it: it was never sent, or something else took its nonce.
   * @throws ContractError as the call that sent it, or `TRANSACTION_FOREIGN` when another account has sent it.
   */
  async resume(
    operation: string,
    transactionHash: Hex,
    options?: TransactionOptions,
  ): Promise<GatewayReceipt | undefined> {
    return this.#requireSender(operation).resume(operation, transactionHash, options);
  }

  #remunerateCall(claims: Hex, signature: SignatureWords): OutgoingCall {
    if (signature.length !== SIGNATURE_WORDS)
      throw new ValidationError('signature', signature, `${SIGNATURE_WORDS} words of 32 bytes`);
    return {
      operation: 'remunerate',
      to: this.contractAddress,
      data: core4Mica.encodeFunctionData('remunerate', [claims, signature]) as Hex,
      explain: (errorName) => this.#whyNotRemunerated(errorName, claims, signature),
    };
  }

  async #whyNotRemunerated(
    errorName: string,
    claims: Hex,
    signature: SignatureWords,
  ): Promise<ContractErrorContext> {
    switch (errorName) {
      case 'TabNotYetOverdue':
      case 'TabExpired':
        return { ...(await this.remunerationWindow(claims, signature)) };
      case 'TabAlreadyPaid':
      case 'TabPreviouslyRemunerated':
      case 'DoubleSpendingDetected':
        return { ...(await this.remunerationDue(claims, signature)) };
      default:
        return {};
    }
  }

  async #assertAllowance(operation: string, token: Address, amount: bigint): Promise<void> {
    const { address } = this.#requireSender(operation);
    const allowance = await readAllowance(this.provider, token, address, this.contractAddress).catch(
      (error: unknown) => {
        // What has no allowance is no token; the contract says so better than this check could.
        if (error instanceof ContractError && error.code === 'RESULT_MISSING') return amount;
        throw error;
      },
    );
    if (allowance >= amount) return;
    throw new ContractError(
      'ALLOWANCE_TOO_LOW',
      `${operation}: the contract may take ${allowance} of ${token}, ${amount} are needed; call approveErc20 first`,
      { operation, token, allowance, amount },
    );
  }

  async #send(
    operation: string,
    signature: string,
    args: readonly unknown[],
    options: TransactionOptions | undefined,
    extra: Pick<OutgoingCall, 'value' | 'explain'> = {},
  ): Promise<GatewayReceipt> {
    const data = core4Mica.encodeFunctionData(signature, args) as Hex;
    return this.#requireSender(operation).send(
      { operation, to: this.contractAddress, data, ...extra },
      options,
    );
  }

  #requireSender(operation: string): TransactionSender {
    if (this.#sender !== undefined) return this.#sender;
    throw new ContractError(
      'SIGNER_REQUIRED',
      `${operation}: no signer for transactions is configured; pass a private key or a signer that can send transactions`,
      { operation },
    );
  }
}

const SIGNATURE_WORDS = 8;
const PERMIT_LIFE_SECONDS = 3_600n;

/** Paying nothing, or nobody, is always a mistake. */
function positive(amount: UintLike, field: string): bigint {
  const value = parseU256(amount, field);
  if (value === 0n) throw new ValidationError(field, amount, 'a positive amount in base units');
  return value;
}

function payee(recipient: string): Address {
  const address = parseAddress(recipient, 'recipient');
  if (address === ETH_ASSET) throw new ValidationError('recipient', recipient, 'an address other than zero');
  return address;
}

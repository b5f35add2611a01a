import { type Address, type Bytes32, ETH_ASSET, type Hex, parseAddress } from '@fourmica/core-types';
import type { Provider } from 'ethers';
import { core4Mica } from './abi.js';
import { contractErrorOf } from './contract-error-of.js';
import { type BlockTag, ContractReader } from './contract-reader.js';
import { ContractError } from './errors.js';
import { classifyNodeError, isMissingResult } from './node-errors.js';
import { readStablecoinPosition, type StablecoinPosition } from './stablecoin-position.js';

/** Four 32-byte words: x and y of a G1 point, high word first. */
export type PublicKeyWords = readonly [Bytes32, Bytes32, Bytes32, Bytes32];

/** What the contract accepts as certificates of one guarantee version. */
export interface GuaranteeVersionConfig {
  readonly version: number;
  readonly verificationKey: PublicKeyWords;
  /** Guarantee domain of the certificates. */
  readonly domain: Bytes32;
  /** Decoder contract; undefined for version 1. */
  readonly decoder: Address | undefined;
  readonly enabled: boolean;
}

/** A payer's collateral in one asset. */
export interface UserAsset {
  /** Token contract; the zero address is ETH. */
  readonly asset: Address;
  /** Base units. */
  readonly collateral: bigint;
  /** Base units; zero when no withdrawal is pending. */
  readonly withdrawalRequestAmount: bigint;
  /** Unix seconds; zero when no withdrawal is pending. */
  readonly withdrawalRequestTimestamp: bigint;
}

/** What the contract knows about the payment of a tab. */
export interface TabPaymentStatus {
  /** Recorded payments in base units. */
  readonly paid: bigint;
  /** Whether collateral was taken for the tab. */
  readonly remunerated: boolean;
  /** Asset the tab is bound to on chain; the zero address also before the first record. */
  readonly asset: Address;
}

/** The contract's time windows, in seconds. */
export interface ContractTiming {
  /** From a certificate's timestamp until collateral can be taken. */
  readonly remunerationGracePeriod: bigint;
  /** From a certificate's timestamp until it is void. */
  readonly tabExpirationTime: bigint;
  readonly synchronizationDelay: bigint;
  /** From a withdrawal request until it can be finalised. */
  readonly withdrawalGracePeriod: bigint;
}

/** A pending withdrawal. */
export interface WithdrawalRequest {
  /** Unix seconds; zero when there is none. */
  readonly timestamp: bigint;
  /** Base units; zero when there is none. */
  readonly amount: bigint;
}

/** Eight 32-byte words: x and y of a G2 point, c0 before c1, high word before low word. */
export type SignatureWords = readonly Hex[];

/** What a certificate would be paid from the collateral, in base units of its asset. */
export interface RemunerationDue {
  /** Running total of the certificate. */
  readonly totalAmount: bigint;
  /** Payments that the operator has recorded. */
  readonly paid: bigint;
  /** Taken from the collateral before. */
  readonly remunerated: bigint;
  /** The payer's collateral. */
  readonly collateral: bigint;
  readonly due: bigint;
}

/** When a certificate can be claimed, in unix seconds by the chain's clock; both ends included. */
export interface RemunerationWindow {
  readonly notBefore: bigint;
  readonly notAfter: bigint;
}

/** Reads the state of a Core4Mica contract. */
export class ContractView {
  readonly #contract: ContractReader;
  readonly #provider: Provider;
  readonly #versionConfigs = new Map<number, Promise<GuaranteeVersionConfig>>();
  #domainSeparator: Promise<Bytes32> | undefined;
  #paysIncrementally: boolean | undefined;

  constructor(provider: Provider, contractAddress: Address) {
    this.#provider = provider;
    this.#contract = new ContractReader(provider, contractAddress, core4Mica);
  }

  /** Lists a payer's collateral in ETH and in every token of the contract, also where it is zero. */
  async getUserAssets(user: Address, options: { blockNumber?: number } = {}): Promise<UserAsset[]> {
    const [assets] = await this.#contract.read('getUserAllAssets', [user], options.blockNumber);
    return assets.map((info: Record<string, unknown>) => ({
      asset: parseAddress(info.asset, 'asset'),
      collateral: info.collateral,
      withdrawalRequestAmount: info.withdrawalRequestAmount,
      withdrawalRequestTimestamp: info.withdrawalRequestTimestamp,
    }));
  }

  /** Reads what was recorded as paid for a tab. */
  async getTabPaymentStatus(tabId: bigint): Promise<TabPaymentStatus> {
    const { paid, remunerated, asset } = await this.#contract.read('getPaymentStatus', [tabId]);
    return { paid, remunerated, asset: parseAddress(asset, 'asset') };
  }

  /**
   * Reads how much collateral was taken for a tab, in base units.
   *
   * @throws ContractError on a contract that does not pay incrementally, see {@link paysIncrementally}.
   */
  async remuneratedAmount(tabId: bigint): Promise<bigint> {
    const [amount] = await this.#contract.read('remuneratedAmount', [tabId]);
    return amount;
  }

  /**
   * Tells whether a later certificate of a tab can still be claimed after an earlier one. On contracts that cannot,
   * whoever holds the tab's first certificate can close the tab with it. The answer is kept; while the node does not
   * answer it is false, the careful assumption, and the question is asked again next time.
   */
  async paysIncrementally(): Promise<boolean> {
    if (this.#paysIncrementally !== undefined) return this.#paysIncrementally;
    try {
      await this.#contract.readRaw('remuneratedAmount', [0n]);
      this.#paysIncrementally = true;
    } catch (error) {
      const isAnswer = isMissingResult(error) || classifyNodeError(error).kind === 'revert';
      if (isAnswer) this.#paysIncrementally = false;
    }
    return this.#paysIncrementally ?? false;
  }

  /**
   * Reads the key and the domain with which the contract accepts certificates of a version. The answer is kept;
   * `refresh` asks again, which is due when a certificate does not verify and the operator may have changed its key.
   */
  getGuaranteeVersionConfig(
    version: number,
    options: { refresh?: boolean } = {},
  ): Promise<GuaranteeVersionConfig> {
    const known = options.refresh ? undefined : this.#versionConfigs.get(version);
    if (known !== undefined) return known;
    const config = this.#readVersionConfig(version);
    this.#versionConfigs.set(version, config);
    config.catch(() => this.#versionConfigs.delete(version));
    return config;
  }

  /** Reads the guarantee domain of version 1. The answer is kept. */
  guaranteeDomainSeparator(): Promise<Bytes32> {
    if (this.#domainSeparator !== undefined) return this.#domainSeparator;
    const separator = this.#contract.read('guaranteeDomainSeparator').then(([domain]) => domain as Bytes32);
    this.#domainSeparator = separator;
    separator.catch(() => {
      this.#domainSeparator = undefined;
    });
    return separator;
  }

  async #readVersionConfig(version: number): Promise<GuaranteeVersionConfig> {
    const [key, domain, decoder, enabled] = await this.#contract.read('getGuaranteeVersionConfig', [version]);
    const decoderAddress = parseAddress(decoder, 'decoder');
    return {
      version,
      verificationKey: [key.x_a, key.x_b, key.y_a, key.y_b],
      domain,
      decoder: decoderAddress === ETH_ASSET ? undefined : decoderAddress,
      enabled,
    };
  }

  /** Reads the time windows. They are not kept, because governance can change them. */
  async timing(): Promise<ContractTiming> {
    const seconds = async (name: keyof ContractTiming): Promise<bigint> =>
      (await this.#contract.read(name))[0];
    const [remunerationGracePeriod, tabExpirationTime, synchronizationDelay, withdrawalGracePeriod] =
      await Promise.all([
        seconds('remunerationGracePeriod'),
        seconds('tabExpirationTime'),
        seconds('synchronizationDelay'),
        seconds('withdrawalGracePeriod'),
      ]);
    return { remunerationGracePeriod, tabExpirationTime, synchronizationDelay, withdrawalGracePeriod };
  }

  /** Lists the tokens that can be deposited. */
  async getErc20Tokens(): Promise<Address[]> {
    const [tokens] = await this.#contract.read('getERC20Tokens');
    return tokens.map((token: unknown) => parseAddress(token, 'token'));
  }

  /** Reads a payer's collateral in one asset, in base units. */
  async collateral(user: Address, asset: Address, blockTag?: BlockTag): Promise<bigint> {
    const [amount] = await this.#contract.read('collateral(address,address)', [user, asset], blockTag);
    return amount;
  }

  /** Reads a payer's pending withdrawal of one asset. */
  async withdrawalRequest(user: Address, asset: Address): Promise<WithdrawalRequest> {
    const { timestamp, amount } = await this.#contract.read('withdrawalRequests', [user, asset]);
    return { timestamp, amount };
  }

  /** Reads the part of a payer's collateral that was paid in, in base units; differs from it only with yield. */
  async principalBalance(user: Address, asset: Address): Promise<bigint> {
    const [amount] = await this.#contract.read('principalBalance', [user, asset]);
    return amount;
  }

  /** Reads what a payer could withdraw, in base units. */
  async withdrawableBalance(user: Address, asset: Address): Promise<bigint> {
    const [amount] = await this.#contract.read('withdrawableBalance', [user, asset]);
    return amount;
  }

  /** Reads what may back a payer's guarantees, in base units; differs from the collateral only with yield. */
  async guaranteeCapacity(user: Address, asset: Address): Promise<bigint> {
    const [amount] = await this.#contract.read('guaranteeCapacity', [user, asset]);
    return amount;
  }

  /** Reads a payer's collateral in a token with what it has earned, where the contract lends it out. */
  stablecoinPosition(user: Address, token: Address): Promise<StablecoinPosition> {
    return readStablecoinPosition(this.#provider, this.#contract.address, user, token);
  }

  /** Reads the time of the newest block in unix seconds; the contract's windows follow this clock. */
  async blockTimestamp(): Promise<bigint> {
    const operation = 'reading the newest block';
    try {
      const block = await this.#provider.getBlock('latest');
      if (block !== null) return BigInt(block.timestamp);
    } catch (error) {
      throw contractErrorOf(error, { operation });
    }
    throw new ContractError('RPC_ERROR', `${operation}: the Ethereum node has no block`, { operation });
  }

  /**
   * Reads what a certificate would be paid from the collateral.
   *
   * @param claims - the certificate's claims.
   * @param signature - its signature as eight words.
   * @throws ContractError when the contract refuses the certificate.
   */
  async remunerationDue(claims: Hex, signature: SignatureWords): Promise<RemunerationDue> {
    const [certificate] = await this.#contract.read('verifyAndDecodeGuarantee', [claims, signature]);
    const { tabId, totalAmount } = certificate;
    const asset = parseAddress(certificate.asset, 'asset');
    const [{ paid }, collateral, isIncremental] = await Promise.all([
      this.getTabPaymentStatus(tabId),
      this.collateral(parseAddress(certificate.client, 'client'), asset),
      this.paysIncrementally(),
    ]);
    const remunerated = isIncremental ? await this.remuneratedAmount(tabId) : 0n;
    const open = totalAmount - paid - remunerated;
    return { totalAmount, paid, remunerated, collateral, due: open > 0n ? open : 0n };
  }

  /**
   * Reads when a certificate can be claimed.
   *
   * @param claims - the certificate's claims.
   * @param signature - its signature as eight words.
   * @throws ContractError when the contract refuses the certificate.
   */
  async remunerationWindow(claims: Hex, signature: SignatureWords): Promise<RemunerationWindow> {
    const [[certificate], timing] = await Promise.all([
      this.#contract.read('verifyAndDecodeGuarantee', [claims, signature]),
      this.timing(),
    ]);
    return {
      notBefore: certificate.timestamp + timing.remunerationGracePeriod,
      notAfter: certificate.timestamp + timing.tabExpirationTime,
    };
  }
}

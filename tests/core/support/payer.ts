import type { ContractGateway } from '@fourmica/contract-gateway';
import {
  type Address,
  ETH_ASSET,
  encodeWith,
  parseAddress,
  type RequestClaims,
  type SignedClaims,
  SignedClaimsSchema,
} from '@fourmica/core-types';
import { createRequestClaims, LocalAccountSigner, signRequestClaims } from '@fourmica/eip712-claims';
import { CHAIN_ID, type TestChain } from './chain.js';
import { type Answer, get, post } from './http.js';
import { until } from './wait.js';

export const EIP712_DOMAIN = { name: '4mica', version: '1', chainId: CHAIN_ID };
let recipients = 0;
/** An address that no other tab of the file is for. */
export const newRecipient = (): Address =>
  parseAddress(`0x2${(++recipients).toString(16).padStart(39, '0')}`);

export const RECIPIENT = parseAddress('0xabcdef1234567890abcdef1234567890abcdef12');

export interface OpenedTab {
  readonly id: string;
  readonly next_req_id: string;
  readonly ttl_seconds: number;
  readonly asset_address: string;
}

export interface Certificate {
  readonly claims: string;
  readonly signature: string;
}

export interface TabView {
  readonly status: string;
  readonly settlement_status: string;
  readonly total_amount: string;
  readonly paid_amount: string;
  readonly remunerated_amount: string;
  readonly last_req_id: string | null;
}

export interface BalanceView {
  readonly total: string;
  readonly locked: string;
  readonly available: string;
  readonly pending_withdrawal: string;
}

/** What the claims of a request are made of, besides the parties. */
export interface RequestParts {
  readonly tabId: string | bigint;
  readonly reqId: number | bigint;
  readonly amount: bigint | number;
  readonly timestamp?: number | bigint;
  readonly recipient?: Address;
  readonly asset?: Address;
}

/** A payer with an account on the chain. */
export class Payer {
  readonly address: Address;
  readonly signer: LocalAccountSigner;

  private constructor(
    readonly privateKey: string,
    readonly gateway: ContractGateway,
  ) {
    this.signer = new LocalAccountSigner(privateKey);
    this.address = this.signer.address;
  }

  static async create(chain: TestChain): Promise<Payer> {
    const wallet = await chain.fundedWallet();
    return new Payer(wallet.privateKey, await chain.gatewayOf(wallet));
  }

  /** Creates a payer whose ETH deposit the core has seen. */
  static async withCollateral(chain: TestChain, coreUrl: string, wei: bigint): Promise<Payer> {
    const payer = await Payer.create(chain);
    await payer.gateway.deposit(wei);
    await until(
      () => payer.balance(coreUrl),
      (balance) => balance !== null && BigInt(balance.total) === wei,
      'the deposit in the core',
    );
    return payer;
  }

  claims(parts: RequestParts): RequestClaims {
    return createRequestClaims({
      userAddress: this.address,
      recipientAddress: parts.recipient ?? RECIPIENT,
      tabId: parts.tabId,
      reqId: parts.reqId,
      amount: parts.amount,
      timestamp: parts.timestamp ?? nowSeconds(),
      assetAddress: parts.asset ?? ETH_ASSET,
    });
  }

  async request(parts: RequestParts): Promise<unknown> {
    return encodeWith(SignedClaimsSchema, await this.signed(this.claims(parts)), 'request');
  }

  async signed(claims: RequestClaims): Promise<SignedClaims> {
    return { claims, ...(await signRequestClaims(this.signer, EIP712_DOMAIN, claims)) };
  }

  async openTab(
    coreUrl: string,
    recipient: Address = RECIPIENT,
    ttl?: number,
    more: { erc20_token?: Address; guarantee_version?: number } = {},
  ): Promise<OpenedTab> {
    const answer = await post<OpenedTab>(`${coreUrl}/core/payment-tabs`, {
      user_address: this.address,
      recipient_address: recipient,
      ...(ttl === undefined ? {} : { ttl }),
      ...more,
    });
    if (answer.status !== 200) throw new Error(`no tab: ${JSON.stringify(answer)}`);
    return answer.body;
  }

  async issue(coreUrl: string, parts: RequestParts): Promise<Answer<Certificate & { error?: string }>> {
    return post(`${coreUrl}/core/guarantees`, await this.request(parts));
  }

  async balance(coreUrl: string, asset: Address = ETH_ASSET): Promise<BalanceView | null> {
    const { body } = await get<BalanceView | null>(`${coreUrl}/core/users/${this.address}/assets/${asset}`);
    return body;
  }
}

/** Waits until the core has taken in every block that exists now. */
export async function caughtUp(chain: TestChain, coreUrl: string): Promise<void> {
  await Payer.withCollateral(chain, coreUrl, 1n);
}

export const readTab = async (coreUrl: string, tabId: string): Promise<TabView> =>
  (await get<TabView>(`${coreUrl}/core/tabs/${tabId}`)).body;

export const nowSeconds = (): bigint => BigInt(Math.floor(Date.now() / 1000));

import {
  type Clock,
  ETH_ASSET,
  FourMicaError,
  nowSeconds,
  type OpenedTab,
  uintToHex,
} from '@fourmica/core-types';
import { RpcError } from '@fourmica/rpc-client';
import { readTabRequest, type TabDefaults, type TabRequest } from './domain/tab-request.js';
import type { FacilitatedNetwork } from './network/facilitated-network.js';

/** An HTTP answer. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

const failure = (status: number, error: string): HttpAnswer => ({ status, body: { error } });

/** The core's default life of a tab, for cores that do not tell the effective one. */
const CORE_DEFAULT_TTL_SECONDS = 86_400;

/** Opens tabs at the cores. */
export class TabService {
  readonly #networks: readonly FacilitatedNetwork[];
  readonly #defaults: TabDefaults;
  readonly #clock: Clock;

  constructor(networks: readonly FacilitatedNetwork[], defaults: TabDefaults, clock: Clock) {
    this.#networks = networks;
    this.#defaults = defaults;
    this.#clock = clock;
  }

  /** Answers `/tabs`. */
  async open(body: unknown): Promise<HttpAnswer> {
    const request = readTabRequest(body, this.#defaults);
    if ('problem' in request) return failure(400, request.problem);
    const network = this.#networks.find((known) => known.network === request.network);
    if (network === undefined) return failure(400, `unsupported network ${request.networkText}`);
    try {
      return { status: 200, body: this.#answer(request, await this.#openAtCore(network, request)) };
    } catch (error) {
      if (!(error instanceof FourMicaError)) throw error;
      return coreFailure(error);
    }
  }

  #openAtCore({ core }: FacilitatedNetwork, request: TabRequest): Promise<OpenedTab> {
    return core.createPaymentTab({
      userAddress: request.userAddress,
      recipientAddress: request.recipientAddress,
      erc20Token: request.asset === ETH_ASSET ? null : request.asset,
      ttlSeconds: request.ttlSeconds ?? null,
      guaranteeVersion: request.guaranteeVersion,
    });
  }

  #answer(request: TabRequest, tab: OpenedTab): Record<string, unknown> {
    return {
      tabId: uintToHex(tab.tabId),
      userAddress: request.userAddress,
      recipientAddress: request.recipientAddress,
      assetAddress: tab.assetAddress,
      startTimestamp: tab.startTimestamp ?? Number(nowSeconds(this.#clock)),
      ttlSeconds: tab.ttlSeconds ?? Number(request.ttlSeconds ?? CORE_DEFAULT_TTL_SECONDS),
      nextReqId: uintToHex(tab.nextReqId),
      guaranteeVersion: tab.guaranteeVersion,
      network: request.networkText,
    };
  }
}

/** An error of the core passes with its status; everything else is a bad gateway. */
function coreFailure(error: FourMicaError): HttpAnswer {
  if (error instanceof RpcError && error.code === 'RPC_STATUS' && error.status !== undefined) {
    return failure(error.status, error.reason || 'unknown error');
  }
  return failure(502, error.message);
}

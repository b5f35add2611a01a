import { setTimeout } from 'node:timers/promises';
import { ContractError } from '@fourmica/contract-gateway';
import { ValidationError } from '@fourmica/core-types';
import {
  FetchRequest,
  isError,
  JsonRpcApiProvider,
  type JsonRpcError,
  type JsonRpcPayload,
  type JsonRpcResult,
  makeError,
  Network,
} from 'ethers';
import type { Logger } from 'pino';
import type { CoreMetrics } from '../metrics.js';

export interface FailoverProviderParts {
  /** HTTP URLs of Ethereum nodes, the preferred one first. */
  readonly urls: readonly string[];
  readonly chainId: bigint;
  readonly logger: Logger;
  readonly metrics: Pick<CoreMetrics, 'nodeUp' | 'nodeBlock'>;
  /** Limit of one request to a node in milliseconds. */
  readonly requestTimeoutMs: number;
}

/** A node, by its place in the list: its URL often is a secret and is never shown. */
interface Endpoint {
  readonly node: string;
  readonly request: FetchRequest;
  /** Whether it has said, since it last failed, that it serves the right chain. */
  isVerified: boolean;
  failures: number;
  /** Milliseconds of the monotonic clock; only tried before when no other node is left. */
  retryAt: number;
}

type Payload = JsonRpcPayload | JsonRpcPayload[];
type Answer = JsonRpcResult | JsonRpcError;

/** How often all nodes are asked before a request fails; one that took too long is not repeated. */
const ATTEMPTS = 3;
const RETRY_PAUSE_MS = 200;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;
/** A single node gets a second chance when it limits the rate; with several the next one is asked. */
const THROTTLED_ATTEMPTS = 5;
const TOLERATED_LAG_BLOCKS = 5n;
const LAGS_UNTIL_LEFT = 2;
/** Codes by which nodes say that they, and not the request, are the trouble: resource unavailable, limit exceeded. */
const NODE_TROUBLE = new Set([-32002, -32005, 429]);

/**
 * One Ethereum node out of several: asks the same node as long as it answers, and the next one when it does not. A node
 * of another chain is never asked for anything else than its chain.
 */
export class FailoverProvider extends JsonRpcApiProvider {
  readonly #endpoints: readonly Endpoint[];
  readonly #parts: FailoverProviderParts;
  #current: Endpoint;
  /** How many comparisons in a row have found the present node behind another one. */
  #lags = 0;
  #comparing: Promise<void> | undefined;

  constructor(parts: FailoverProviderParts) {
    const network = Network.from(parts.chainId);
    // Answers must be fresh: a cached transaction count hands out a nonce twice.
    super(network, { staticNetwork: network, cacheTimeout: -1, batchMaxCount: 1 });
    this.#parts = parts;
    this.#endpoints = parts.urls.map((url, i) => {
      const request = new FetchRequest(url);
      request.timeout = parts.requestTimeoutMs;
      request.setThrottleParams({ maxAttempts: parts.urls.length === 1 ? THROTTLED_ATTEMPTS : 1 });
      const node = String(i + 1);
      return { node, request, isVerified: false, failures: 0, retryAt: 0 };
    });
    const [first] = this.#endpoints;
    if (first === undefined) throw new ValidationError('ethereumHttpRpcUrl', parts.urls, 'at least one URL');
    this.#current = first;
    this._start();
  }

  /** Lets another node answer from now on, because the answers of the present one are of no use. */
  preferAnother(): void {
    const [next] = this.#inOrder().filter((endpoint) => endpoint !== this.#current);
    if (next !== undefined) this.#prefer(next, 'its answers were of no use');
  }

  /** Compares the nodes' newest blocks, and leaves the present node when it keeps lagging behind another. */
  compareHeads(): Promise<void> {
    if (this.#endpoints.length === 1) return Promise.resolve();
    this.#comparing ??= this.#compareHeads().finally(() => {
      this.#comparing = undefined;
    });
    return this.#comparing;
  }

  override async _send(payload: Payload): Promise<Answer[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#askInTurn(payload);
      } catch (error) {
        if (attempt === ATTEMPTS || !isError(error, 'SERVER_ERROR')) throw error;
        await setTimeout(RETRY_PAUSE_MS * attempt);
      }
    }
  }

  async #askInTurn(payload: Payload): Promise<Answer[]> {
    const failures: unknown[] = [];
    for (const endpoint of this.#inOrder()) {
      try {
        const answers = await this.#ask(endpoint, payload);
        if (failures.length > 0) this.#prefer(endpoint, 'the other one did not answer');
        return answers;
      } catch (error) {
        failures.push(error);
      }
    }
    throw failures[0];
  }

  /** The present node first, those that failed lately last. */
  #inOrder(): Endpoint[] {
    const now = performance.now();
    const isReady = ({ retryAt }: Endpoint) => retryAt <= now;
    const others = this.#endpoints.filter((endpoint) => endpoint !== this.#current);
    const all = [this.#current, ...others];
    const waiting = all.filter((endpoint) => !isReady(endpoint)).sort((a, b) => a.retryAt - b.retryAt);
    return [...all.filter(isReady), ...waiting];
  }

  async #ask(endpoint: Endpoint, payload: Payload): Promise<Answer[]> {
    const { logger, metrics } = this.#parts;
    const { node } = endpoint;
    try {
      if (!endpoint.isVerified) await this.#verify(endpoint);
      const answers = await post(endpoint, payload);
      if (endpoint.failures > 0) logger.info({ node }, 'the Ethereum node answers again');
      endpoint.failures = 0;
      endpoint.retryAt = 0;
      metrics.nodeUp.set({ node }, 1);
      return answers;
    } catch (error) {
      if (endpoint.failures === 0) {
        logger.error({ node, reason: (error as Error).message }, 'the Ethereum node cannot be used');
      }
      endpoint.failures++;
      endpoint.isVerified = false;
      endpoint.retryAt =
        performance.now() + Math.min(FIRST_RETRY_MS * 2 ** (endpoint.failures - 1), LONGEST_RETRY_MS);
      metrics.nodeUp.set({ node }, 0);
      throw error;
    }
  }

  async #verify(endpoint: Endpoint): Promise<void> {
    const [answer] = await post(endpoint, questionOf('eth_chainId'));
    const actual = quantityOf(answer);
    const expected = this.#parts.chainId;
    if (actual !== expected) {
      throw new ContractError(
        'CHAIN_ID_MISMATCH',
        `Ethereum node ${endpoint.node} serves chain ${actual ?? 'unknown'}, expected chain ${expected}; check ETHEREUM_HTTP_RPC_URL`,
        { node: endpoint.node, actual, expected },
      );
    }
    endpoint.isVerified = true;
  }

  async #compareHeads(): Promise<void> {
    const heads = await Promise.all(
      this.#endpoints.map((endpoint) =>
        this.#ask(endpoint, questionOf('eth_blockNumber')).then(
          ([answer]) => quantityOf(answer),
          // Why it failed is in the log; a node without an answer has no head to compare.
          () => undefined,
        ),
      ),
    );
    let best = { endpoint: this.#current, head: 0n };
    for (const [i, endpoint] of this.#endpoints.entries()) {
      const head = heads[i];
      if (head === undefined) continue;
      this.#parts.metrics.nodeBlock.set({ node: endpoint.node }, Number(head));
      if (head > best.head) best = { endpoint, head };
    }
    const own = heads[this.#endpoints.indexOf(this.#current)];
    const lags = own !== undefined && own + TOLERATED_LAG_BLOCKS < best.head;
    this.#lags = lags ? this.#lags + 1 : 0;
    if (this.#lags >= LAGS_UNTIL_LEFT) this.#prefer(best.endpoint, 'it lags behind');
  }

  #prefer(endpoint: Endpoint, reason: string): void {
    if (endpoint === this.#current) return;
    this.#parts.logger.warn(
      { left: this.#current.node, node: endpoint.node, reason },
      'another Ethereum node is used',
    );
    this.#current = endpoint;
    this.#lags = 0;
  }
}

const questionOf = (method: string): JsonRpcPayload => ({ id: 1, jsonrpc: '2.0', method, params: [] });

async function post({ node, request }: Endpoint, payload: Payload): Promise<Answer[]> {
  const attempt = request.clone();
  attempt.body = JSON.stringify(payload);
  attempt.setHeader('content-type', 'application/json');
  try {
    const response = await attempt.send();
    response.assertOk();
    const answers: Answer[] = [response.bodyJson].flat();
    const trouble = answers.find((answer) => 'error' in answer && NODE_TROUBLE.has(answer.error.code));
    if (trouble === undefined) return answers;
  } catch (error) {
    throw nodeError(node, error);
  }
  throw makeError(`Ethereum node ${node}: it takes no more requests now`, 'SERVER_ERROR');
}

/** Says what went wrong without the URL, which often is a secret. */
function nodeError(node: string, error: unknown): Error {
  const { shortMessage, code } = error as { readonly shortMessage?: unknown; readonly code?: unknown };
  const reason = [shortMessage, code].find((part) => typeof part === 'string') ?? 'no answer';
  return makeError(
    `Ethereum node ${node}: ${reason}`,
    isError(error, 'TIMEOUT') ? 'TIMEOUT' : 'SERVER_ERROR',
  );
}

const quantityOf = (answer: Answer | undefined): bigint | undefined =>
  answer !== undefined && 'result' in answer && /^0x[0-9a-f]+$/i.test(String(answer.result))
    ? BigInt(answer.result)
    : undefined;

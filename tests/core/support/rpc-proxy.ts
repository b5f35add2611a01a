import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RpcRequest {
  readonly id: number;
  readonly method: string;
  readonly params: readonly unknown[];
}

/** What a node answers: a result, an error of its own, or what the node behind says. */
export type RpcAnswer = { readonly result: unknown } | { readonly error: { code: number; message: string } };
type Behaviour = (request: RpcRequest, forward: () => Promise<RpcAnswer>) => Promise<RpcAnswer>;

/** An Ethereum node that can be made to misbehave, in front of a real one. */
export interface RpcProxy {
  readonly url: string;
  /** Methods that were asked, in order. */
  readonly asked: string[];
  /** Lets every request be answered by a function; without one the node behind answers. */
  behave(behaviour?: Behaviour): void;
  /** Answers every request with an HTTP status instead. */
  failWith(status: number): void;
  /** Puts another node behind. */
  pointTo(rpcUrl: string): void;
  stop(): Promise<void>;
}

/** Starts a proxy on a free port of the loopback interface. */
export async function startRpcProxy(rpcUrl: string): Promise<RpcProxy> {
  let target = rpcUrl;
  let behaviour: Behaviour = (_, forward) => forward();
  let status = 200;
  const asked: string[] = [];
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const request: RpcRequest = JSON.parse(await bodyOf(incoming));
    asked.push(request.method);
    if (status !== 200) {
      outgoing.writeHead(status).end('no JSON');
      return;
    }
    const forward = async (): Promise<RpcAnswer> => {
      const response = await fetch(target, {
        method: 'POST',
        body: JSON.stringify(request),
        headers: JSON_TYPE,
      });
      return response.json();
    };
    const reply = { jsonrpc: '2.0', ...(await behaviour(request, forward)), id: request.id };
    outgoing.writeHead(200, JSON_TYPE).end(JSON.stringify(reply));
  };
  // Node would end idle connections after five seconds, just when a slow core uses them again.
  const server = createServer({ keepAliveTimeout: 240_000 }, (incoming, outgoing) => {
    answer(incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    behave: (next = (_, forward) => forward()) => {
      behaviour = next;
      status = 200;
    },
    failWith: (code) => {
      status = code;
    },
    pointTo: (url) => {
      target = url;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const JSON_TYPE = { 'content-type': 'application/json' };

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of incoming) text += chunk;
  return text;
}

/** A node that has no block above a number: it answers as far as it knows, and with nothing beyond. */
export const laggingAt =
  (lastBlock: number): Behaviour =>
  async (request, forward) => {
    const { method, params } = request;
    const [first] = params;
    if (method === 'eth_blockNumber') return { result: `0x${lastBlock.toString(16)}` };
    if (method === 'eth_getBlockByNumber') {
      const number = first === 'latest' ? lastBlock : Number(first);
      if (first === 'latest' || number > lastBlock) return { result: null };
    }
    if (method === 'eth_getLogs') {
      const { blockHash } = first as { blockHash?: string };
      const known = await forward();
      const logs = 'result' in known ? (known.result as { blockNumber: string }[]) : [];
      const isBeyond = logs.some(({ blockNumber }) => Number(blockNumber) > lastBlock);
      if (blockHash !== undefined && isBeyond) return { error: { code: -32000, message: 'unknown block' } };
      return { result: logs.filter(({ blockNumber }) => Number(blockNumber) <= lastBlock) };
    }
    const answer = await forward();
    const isReceipt = method === 'eth_getTransactionReceipt' && 'result' in answer && answer.result !== null;
    if (!isReceipt) return answer;
    const { blockNumber } = answer.result as { blockNumber: string };
    return Number(blockNumber) > lastBlock ? { result: null } : answer;
  };

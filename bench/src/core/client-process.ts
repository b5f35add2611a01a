// Signs payments, then sends them from as many clients as ordered. Each tab belongs to one client, so its ids stay in order.
import { Agent, request } from 'node:http';
import { decodeCertificateClaims } from '@fourmica/bls-cert';
import { encodeWith, hexToBytes, type RequestClaims, SignedClaimsSchema } from '@fourmica/core-types';
import { createRequestClaims, LocalAccountSigner, signRequestClaims } from '@fourmica/eip712-claims';
import { useFastSecp256k1 } from '@fourmica/eip712-claims/fast';
import type { LoadOrder, LoadReport } from './load.js';

const AMOUNT_WEI = 1_000;
const CERTIFICATES_KEPT = 256;

interface Payment {
  readonly tab: number;
  readonly claims: RequestClaims;
  readonly body: string;
}

process.once('message', (order: LoadOrder) => {
  run(order).then(
    (report) => process.send?.(report, () => process.disconnect()),
    (error) => {
      console.error(error);
      process.exit(1);
    },
  );
});

async function run(order: LoadOrder): Promise<LoadReport> {
  await useFastSecp256k1();
  const queues = await signPayments(order);
  const send = sender(order);
  const latencies: number[] = [];
  const failures: Record<string, number> = {};
  const certificates: LoadReport['certificates'][number][] = [];
  const nextReqIds = order.tabs.map(({ nextReqId }) => nextReqId);
  const start = performance.now();
  const measuredFrom = start + order.warmUpSeconds * 1000;
  const deadline = measuredFrom + order.seconds * 1000;
  let last = measuredFrom;

  const intervalMs = order.perSecond === undefined ? 0 : (1000 * order.clients) / order.perSecond;

  const work = async (queue: readonly Payment[], client: number) => {
    for (const [i, payment] of queue.entries()) {
      // A client that is late sends at once, and its delay counts as latency.
      const dueAt = start + intervalMs * (i + client / order.clients);
      if (intervalMs > 0) await until(dueAt);
      const sentAt = intervalMs > 0 ? dueAt : performance.now();
      if (sentAt >= deadline) return;
      const answer = await send(payment.body);
      const now = performance.now();
      const certificate = readCertificate(answer, payment.claims);
      if (certificate === undefined) {
        const failure = `${answer.status} ${answer.text}`;
        failures[failure] = (failures[failure] ?? 0) + 1;
        continue;
      }
      nextReqIds[payment.tab] = Number(payment.claims.reqId) + 1;
      if (sentAt < measuredFrom || now > deadline) continue;
      last = now;
      latencies.push(now - sentAt);
      if (certificates.length < CERTIFICATES_KEPT) certificates.push(certificate);
    }
  };
  await Promise.all(queues.map(work));
  latencies.sort((a, b) => a - b);
  const quantile = (share: number) => latencies[Math.floor(share * latencies.length)] ?? Number.NaN;
  return {
    answers: latencies.length,
    seconds: (last - measuredFrom) / 1000,
    p50: quantile(0.5),
    p99: quantile(0.99),
    failures,
    nextReqIds,
    certificates,
  };
}

const until = (time: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, time - performance.now()));

/** Signs the same number of payments for every tab and deals the tabs out to the clients. */
async function signPayments({ tabs, clients, payments, chainId }: LoadOrder): Promise<Payment[][]> {
  const domain = { name: '4mica', version: '1', chainId: BigInt(chainId) };
  const timestamp = Math.floor(Date.now() / 1000);
  const queues: Payment[][] = Array.from({ length: clients }, () => []);
  const signers = tabs.map(({ payerKey }) => new LocalAccountSigner(payerKey));
  for (let round = 0; round < payments / tabs.length; round += 1) {
    for (const [i, tab] of tabs.entries()) {
      const signer = signers[i] as LocalAccountSigner;
      const claims = createRequestClaims({
        userAddress: signer.address,
        recipientAddress: tab.recipient,
        tabId: tab.tabId,
        reqId: tab.nextReqId + round,
        amount: AMOUNT_WEI,
        timestamp,
      });
      const signed = { claims, ...(await signRequestClaims(signer, domain, claims)) };
      const body = JSON.stringify(encodeWith(SignedClaimsSchema, signed, 'request'));
      queues[i % clients]?.push({ tab: i, claims, body });
    }
  }
  return queues;
}

interface Answer {
  readonly status: number | undefined;
  readonly text: string;
}

function sender({ url, token, clients }: LoadOrder): (body: string) => Promise<Answer> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const options = {
    agent,
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
  };
  return (body) =>
    new Promise((resolve, reject) => {
      const sent = request(`${url}/core/guarantees`, options, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode, text }));
        response.on('error', reject);
      });
      sent.on('error', (error) => resolve({ status: undefined, text: error.message }));
      sent.end(body);
    });
}

/** Returns the certificate if it says what was paid. Its signature is checked after the run. */
function readCertificate({ status, text }: Answer, claims: RequestClaims) {
  if (status !== 200) return undefined;
  const certificate = JSON.parse(text) as LoadReport['certificates'][number];
  const said = decodeCertificateClaims(hexToBytes(certificate.claims, 'claims'));
  const isRight =
    said.tabId === claims.tabId &&
    said.reqId === claims.reqId &&
    said.amount === claims.amount &&
    said.userAddress === claims.userAddress &&
    said.recipientAddress === claims.recipientAddress &&
    said.totalAmount === (claims.reqId + 1n) * claims.amount;
  return isRight ? certificate : undefined;
}

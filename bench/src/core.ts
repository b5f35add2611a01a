// Measures how many guarantees a core issues per second, and how fast it answers, with its clients on the same machine.
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { guaranteeDomain, loadBls, verifyCertificates } from '@fourmica/bls-cert';
import { type LoadReport, runLoad } from './core/load.js';
import { CHAIN_ID, type Network, startNetwork } from './core/network.js';
import { type BenchTab, openTabs } from './core/payers.js';
import { seedGuarantees } from './core/seed.js';
import { median, sampled } from './measure.js';
import { print, type Result, result } from './report.js';

const TARGET_PER_SECOND = 250;
const TARGET_P99_MS = 150;
const TARGET_MEMORY_MB = 400;
const TARGET_SHARE_WHEN_FULL = 0.9;
/**
 * Payments signed beforehand per second of a run: more than the core can issue. The memory that they take makes the
 * clients stand still now and then, for which a run that asks for a rate has no need.
 */
const SIGNED_PER_SECOND = 700;
/** The payments are dealt out by tabs, of which some clients have one more. */
const SPARE = 1.2;
const TABS = 1_000;
const MEMORY_SAMPLE_MS = 1_000;

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '60' },
    'warm-up': { type: 'string', default: '5' },
    rows: { type: 'string', default: '1000000' },
    clients: { type: 'string', default: '1,8,64' },
    payers: { type: 'string', default: '1,1000' },
  },
});
const seconds = Number(options.seconds);
const warmUpSeconds = Number(options['warm-up']);
const rows = Number(options.rows);

const network = await startNetwork();
try {
  print('core', await measure(network), options.json);
} finally {
  await network.stop();
}

async function measure(network: Network): Promise<Result[]> {
  const signing = await signaturesPerSecond();
  const results: Result[] = [];
  const populations = await Promise.all(
    options.payers
      .split(',')
      .map(Number)
      .map(async (payers) => ({
        name: payers === 1 ? 'one payer' : `${payers} payers`,
        tabs: await openTabs(network, payers, TABS / payers),
      })),
  );
  const clientCounts = options.clients.split(',').map(Number);
  const most = Math.max(...clientCounts);
  let emptyRate = Number.NaN;
  const memory: number[][] = [];
  const run = async (tabs: readonly BenchTab[], clients: number, perSecond?: number) => {
    const samples = sampled(network.coreMemory, MEMORY_SAMPLE_MS);
    try {
      return await load(network, tabs, clients, perSecond);
    } finally {
      memory.push(await samples.stop());
    }
  };
  for (const { name, tabs } of populations) {
    for (const clients of clientCounts) {
      const report = await run(tabs, clients);
      if (clients === most) emptyRate = rate(report);
      results.push(throughput(`${name}, ${clients} clients`, report, signing, clients === most));
      results.push(latency(`${name}, ${clients} clients that never pause`, report, signing, false));
    }
    const paced = await run(tabs, most, TARGET_PER_SECOND);
    results.push(latency(`${name}, ${most} clients, ${TARGET_PER_SECOND}/s in all`, paced, signing, true));
  }
  const many = populations.at(-1);
  if (rows > 0 && many !== undefined) {
    await seedGuarantees(network.databaseUrl, rows);
    const full = rate(await run(many.tabs, most));
    results.push(
      result({
        what: `guarantees, ${many.name}, ${most} clients, ${rows} older guarantees`,
        value: full,
        unit: '1/s',
        peer: 'without them',
        peerValue: emptyRate,
        ratio: full / emptyRate,
        target: `at least ${TARGET_SHARE_WHEN_FULL} of it`,
        met: full >= TARGET_SHARE_WHEN_FULL * emptyRate,
      }),
    );
  }
  const megabytes = Math.max(...memory.flat()) / 2 ** 20;
  results.push(
    growth(memory),
    result({
      what: 'resident memory of the core, largest seen',
      value: megabytes,
      unit: 'MB',
      peer: 'limit',
      peerValue: TARGET_MEMORY_MB,
      ratio: TARGET_MEMORY_MB / megabytes,
      target: `at most ${TARGET_MEMORY_MB} MB`,
      met: megabytes <= TARGET_MEMORY_MB,
    }),
  );
  return results;
}

/** Compares the memory of the core at the end of the last run with what it was when that run had got going. */
function growth(memory: readonly (readonly number[])[]): Result {
  const last = memory.at(-1) ?? [];
  const quarter = Math.ceil(last.length / 4);
  const before = median(last.slice(quarter, 2 * quarter)) / 2 ** 20;
  const after = median(last.slice(-quarter)) / 2 ** 20;
  return result({
    what: `resident memory of the core, last quarter of the last run (${seconds} s)`,
    value: after,
    unit: 'MB',
    peer: 'its second quarter',
    peerValue: before,
    ratio: after / before,
    target: 'none',
    met: true,
  });
}

async function load(
  network: Network,
  tabs: readonly BenchTab[],
  clients: number,
  perSecond?: number,
): Promise<LoadReport> {
  const signedPerSecond = perSecond === undefined ? SIGNED_PER_SECOND : SPARE * perSecond;
  const report = await runLoad({
    url: network.coreUrl,
    token: network.token,
    chainId: Number(CHAIN_ID),
    tabs,
    clients,
    perSecond,
    warmUpSeconds,
    seconds,
    payments: Math.ceil(signedPerSecond * (seconds + warmUpSeconds)),
  });
  if (Object.keys(report.failures).length > 0) {
    throw new Error(`wrong answers: ${JSON.stringify(report.failures).slice(0, 2_000)}`);
  }
  const verdicts = await verifyCertificates(report.certificates, {
    publicKey: network.blsPublicKey,
    domains: { 1: guaranteeDomain(1, CHAIN_ID, network.contractAddress) },
  });
  const refused = verdicts.find((verdict) => verdict instanceof Error);
  if (refused !== undefined) throw new Error('a certificate does not verify', { cause: refused });
  return report;
}

function rate({ answers, seconds: measured }: LoadReport): number {
  return answers / measured;
}

function throughput(what: string, report: LoadReport, signing: number, hasTarget: boolean): Result {
  const perSecond = rate(report);
  return result({
    what: `guarantees, ${what}`,
    value: perSecond,
    unit: '1/s',
    peer: 'BLS signing alone, one thread',
    peerValue: signing,
    ratio: perSecond / signing,
    target: hasTarget ? `at least ${TARGET_PER_SECOND}/s` : 'none',
    met: !hasTarget || perSecond >= TARGET_PER_SECOND,
  });
}

function latency(what: string, report: LoadReport, signing: number, hasTarget: boolean): Result {
  return result({
    what: `latency p99, ${what} (p50 ${report.p50.toFixed(1)} ms)`,
    value: report.p99,
    unit: 'ms',
    peer: 'one BLS signature',
    peerValue: 1000 / signing,
    ratio: 1000 / signing / report.p99,
    target: hasTarget ? `under ${TARGET_P99_MS} ms` : 'none',
    met: !hasTarget || report.p99 < TARGET_P99_MS,
  });
}

/** The limit that the mathematics sets, on this machine and in this run. */
async function signaturesPerSecond(): Promise<number> {
  const bls = await loadBls();
  const secretKey = randomBytes(32).fill(1, 0, 1);
  const messages = Array.from({ length: 600 }, () => randomBytes(512));
  for (const message of messages.slice(0, 100)) bls.sign(secretKey, message);
  const start = performance.now();
  for (const message of messages.slice(100)) bls.sign(secretKey, message);
  return 500_000 / (performance.now() - start);
}

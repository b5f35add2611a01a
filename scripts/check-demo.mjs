// Checks what `npm run demo -- --json` printed: one JSON object of the documented shape, exit code 0, every step ok.
// Arguments: file with the output, exit code of the demo, file for the counts. Each named check counts as one test.
import { readFileSync, writeFileSync } from 'node:fs';

const [outputPath, exitCode, countsPath] = process.argv.slice(2);

const DECIMAL = /^(0|[1-9][0-9]*)$/;
const HEX = /^0x[0-9a-f]+$/;
const isDecimal = (value) => typeof value === 'string' && DECIMAL.test(value);
const isHex = (value, bytes) =>
  typeof value === 'string' &&
  HEX.test(value.toLowerCase()) &&
  (bytes === undefined || value.length === 2 + 2 * bytes);
const hasExactly = (object, keys) =>
  typeof object === 'object' &&
  object !== null &&
  Object.keys(object).sort().join() === [...keys].sort().join();

const isStep = (step) =>
  hasExactly(step, ['name', 'ok', 'ms', 'detail']) &&
  typeof step.name === 'string' &&
  Number.isFinite(step.ms);
const isPayment = (payment) =>
  hasExactly(payment, [
    'x402Version',
    'asset',
    'tabId',
    'reqId',
    'amount',
    'certificate',
    'publicKey',
    'domain',
  ]) &&
  [1, 2].includes(payment.x402Version) &&
  isHex(payment.asset, 20) &&
  [payment.tabId, payment.reqId, payment.amount].every(isDecimal) &&
  isHex(payment.certificate?.claims) &&
  isHex(payment.certificate?.signature, 96) &&
  isHex(payment.publicKey, 48) &&
  isHex(payment.domain, 32);
const isRemuneration = (value) =>
  hasExactly(value, ['tabId', 'asset', 'amount', 'recipientDelta', 'txHash', 'gasUsed']) &&
  [value.tabId, value.amount, value.recipientDelta, value.gasUsed].every(isDecimal) &&
  isHex(value.txHash, 32);

let demo;
const checks = [
  ['the demo exits with code 0', () => exitCode === '0'],
  [
    'standard output is exactly one JSON object',
    () => {
      demo = JSON.parse(readFileSync(outputPath, 'utf8'));
      return hasExactly(demo, [
        'ok',
        'chainId',
        'contract',
        'steps',
        'payments',
        'remuneration',
        'durationMs',
      ]);
    },
  ],
  [
    'ok is true and every step is ok',
    () => demo.ok === true && demo.steps.length > 0 && demo.steps.every((s) => s.ok === true),
  ],
  ['steps have name, ok, ms and detail', () => demo.steps.every(isStep)],
  [
    'chainId is a decimal string and contract an address',
    () => isDecimal(demo.chainId) && isHex(demo.contract, 20),
  ],
  [
    'at least nine payments, each with its certificate',
    () => demo.payments.length >= 9 && demo.payments.every(isPayment),
  ],
  [
    'payments over both versions of x402',
    () => new Set(demo.payments.map(({ x402Version }) => x402Version)).size === 2,
  ],
  [
    'the remuneration names tab, asset, amounts, transaction and gas',
    () => isRemuneration(demo.remuneration),
  ],
  [
    'the recipient received exactly what was remunerated',
    () => demo.remuneration.amount === demo.remuneration.recipientDelta,
  ],
];

const counts = { passed: 0, failed: 0 };
for (const [name, check] of checks) {
  let ok = false;
  try {
    ok = check();
  } catch (error) {
    console.error(`demo check: ${name}: ${error.message}`);
  }
  counts[ok ? 'passed' : 'failed'] += 1;
  if (!ok) console.error(`demo check failed: ${name}`);
}
writeFileSync(countsPath, JSON.stringify(counts));
process.exit(counts.failed === 0 ? 0 : 1);

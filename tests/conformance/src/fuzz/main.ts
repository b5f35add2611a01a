// Feeds mutated inputs to every decoder: one JSON line per decoder, exit code 1 if one broke a promise.
import { parseArgs } from 'node:util';
import { fuzz } from './run.js';
import { allTargets } from './targets.js';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    target: { type: 'string' },
  },
});
const [runs, seed] = [Number(values.runs), Number(values.seed)];
if (!Number.isSafeInteger(runs) || runs < 1 || !Number.isSafeInteger(seed)) {
  console.error('usage: pnpm fuzz [--runs <inputs per decoder>] [--seed <number>] [--target <decoder>]');
  process.exit(2);
}

const targets = (await allTargets()).filter(
  ({ name }) => values.target === undefined || values.target === name,
);
if (targets.length === 0) {
  console.error(`unknown decoder ${values.target}`);
  process.exit(2);
}

let violations = 0;
for (const target of targets) {
  const report = await fuzz(target, runs, seed);
  if (report.violation !== undefined) violations += 1;
  console.log(JSON.stringify({ seed, ...report, slowestMs: Number(report.slowestMs.toFixed(2)) }));
}
process.exit(violations === 0 ? 0 : 1);

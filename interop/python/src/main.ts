// Runs the flows of sdk-4mica for Python against two networks of ours, one that demands a login and one that does not,
// and compares what comes out of each step with expected.json. Writes counts and steps to the file named as the argument.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { compare, readExpectations } from './expectations.js';
import { preparePython, Unavailable } from './python-environment.js';
import { runFlows } from './run-flows.js';
import { tableOf } from './table.js';

const [reportFile] = process.argv.slice(2);
const expectations = await readExpectations(new URL('../expected.json', import.meta.url));
const stepCount = 2 * expectations.length;

async function runLane() {
  const python = await preparePython();
  const [anonymous, loggedIn] = await Promise.all([
    runFlows(python, 'optional'),
    runFlows(python, 'required'),
  ]);
  const columns = {
    'login optional': compare(expectations, anonymous, false),
    'login required': compare(expectations, loggedIn, true),
  };
  console.log(tableOf(columns));
  const verdicts = Object.values(columns).flat();
  const failed = verdicts.filter(({ difference }) => difference !== undefined).length;
  return { passed: verdicts.length - failed, failed, skipped: 0, steps: { anonymous, loggedIn } };
}

async function writeReport(report: object): Promise<void> {
  if (reportFile === undefined) return;
  await mkdir(dirname(reportFile), { recursive: true });
  await writeFile(reportFile, JSON.stringify(report));
}

try {
  const report = await runLane();
  await writeReport(report);
  process.exit(report.failed === 0 ? 0 : 1);
} catch (error) {
  if (!(error instanceof Unavailable)) throw error;
  const reason = `Python SDK interop skipped: ${error.message}`;
  console.log(reason);
  await writeReport({ passed: 0, failed: 0, skipped: stepCount, reason });
}

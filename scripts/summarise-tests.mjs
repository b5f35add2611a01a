// Adds up the JSON report of the test run and refuses a run in which a workspace with test files ran no test.
// Prints why something was skipped, then one line: N passed, N failed, N skipped
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

const root = process.cwd();
const [reportPath, ...extraPaths] = process.argv.slice(2);

const workspaceOf = (file) => relative(root, file).split(sep).slice(0, 2).join('/');

function* testFilesBelow(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === 'node_modules' || entry.name === 'dist') continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* testFilesBelow(path);
    else if (entry.name.endsWith('.test.ts')) yield path;
  }
}

const withTests = new Set();
for (const group of ['packages', 'apps', 'tests', 'examples', 'interop']) {
  if (!existsSync(group)) continue;
  for (const file of testFilesBelow(join(root, group))) withTests.add(workspaceOf(file));
}

const totals = { passed: 0, failed: 0, skipped: 0 };
const ran = new Set();
const report = JSON.parse(readFileSync(reportPath, 'utf8'));
for (const file of report.testResults) {
  for (const { status } of file.assertionResults) {
    if (status === 'passed' || status === 'failed') {
      totals[status] += 1;
      ran.add(workspaceOf(file.name));
    } else totals.skipped += 1;
  }
  const failedOutsideItsTests =
    file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed');
  if (failedOutsideItsTests) totals.failed += 1;
}
for (const path of extraPaths) {
  if (!existsSync(path)) {
    console.error(`${path} is missing: what writes it stopped before its end`);
    totals.failed += 1;
    continue;
  }
  const { passed, failed, skipped = 0, reason } = JSON.parse(readFileSync(path, 'utf8'));
  totals.passed += passed;
  totals.failed += failed;
  totals.skipped += skipped;
  if (reason !== undefined) console.log(reason);
}

const silent = [...withTests].filter((workspace) => !ran.has(workspace));
for (const workspace of silent) console.error(`${workspace} has test files, but none of their tests ran`);
totals.failed += silent.length;

console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exit(totals.failed === 0 && totals.passed > 0 ? 0 : 1);

// Runs a folder of test vectors against the built packages: one JSON line per file, exit code 1 if anything failed.
import { runFolder } from './run-folder.js';

const [folder, ...rest] = process.argv.slice(2);
if (folder === undefined || rest.length > 0) {
  console.error('usage: pnpm conformance <folder with vector files>');
  process.exit(2);
}

let failed = 0;
try {
  for await (const report of runFolder(folder)) {
    failed += report.failed;
    console.log(JSON.stringify(report));
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
process.exit(failed === 0 ? 0 : 1);

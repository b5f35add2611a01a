import packageJson from '../package.json' with { type: 'json' };
import { commands } from './commands/index.js';
import { runCommandLine } from './program.js';

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => interruption.abort());
}

process.exitCode = await runCommandLine(commands, packageJson.version, process.argv.slice(2), {
  print: (line) => process.stdout.write(`${line}\n`),
  note: (line) => process.stderr.write(`${line}\n`),
  interrupted: interruption.signal,
});

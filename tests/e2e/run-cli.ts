import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const cliFolder = dirname(createRequire(import.meta.url).resolve('@fourmica/cli/package.json'));

/** What a run of the `4mica` binary left behind. */
export interface CliResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built `4mica` binary to its end, at most `timeoutMs`. */
export function runCli(args: readonly string[], timeoutMs: number): Promise<CliResult> {
  const child = spawn(process.execPath, [join(cliFolder, 'bin/4mica.mjs'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, ...output }));
  });
}

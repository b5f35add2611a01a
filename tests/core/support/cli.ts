import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What a command line left behind. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line as an administrator of a core would. */
export function run4mica(
  coreUrl: string,
  env: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<CommandResult> {
  const bin = fileURLToPath(new URL('../../../apps/cli/bin/4mica.mjs', import.meta.url));
  const options = { env: { PATH: process.env.PATH, CORE_URL: coreUrl, ...env } };
  return new Promise((resolve) => {
    execFile(process.execPath, [bin, ...args], options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium } from 'playwright-core';

const ENSURE_CHROMIUM = fileURLToPath(new URL('../../../scripts/ensure-chromium.mjs', import.meta.url));

/** Starts Chromium without a window; it is installed first where it is missing and can be. */
export async function launchChromium(): Promise<Browser> {
  const { status, stdout, stderr } = spawnSync(process.execPath, [ENSURE_CHROMIUM], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return chromium.launch({ executablePath: stdout.trim() });
}

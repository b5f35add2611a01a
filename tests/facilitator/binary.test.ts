import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { freePort } from '@fourmica/test-support';
import { describe, expect, it } from 'vitest';
import { until } from './support/http.js';

const packageFolder = dirname(createRequire(import.meta.url).resolve('@fourmica/facilitator/package.json'));
const binary = join(packageFolder, 'bin', '4mica-facilitator.mjs');

function start(env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [binary], { env: { PATH: process.env.PATH, ...env }, stdio: 'pipe' });
  const output: string[] = [];
  child.stdout.on('data', (chunk) => output.push(String(chunk)));
  child.stderr.on('data', (chunk) => output.push(String(chunk)));
  return {
    child,
    text: () => output.join(''),
    exit: once(child, 'close').then(([code]) => code as number | null),
  };
}

describe('4mica-facilitator', () => {
  it('F-12: does not start with a port that is none, and names the setting', async () => {
    const { exit, text } = start({ PORT: 'eighty' });
    expect(await exit).toBe(1);
    expect(text()).toContain('PORT: expected a whole number from 0 to 65535');
  });

  it('starts although its core is down, and stops on SIGTERM', async () => {
    const port = await freePort();
    const { child, exit, text } = start({
      HOST: '127.0.0.1',
      PORT: String(port),
      X402_NETWORK: 'eip155:31337',
      X402_CORE_API_URL: 'http://127.0.0.1:9',
      X402_AUTH_WALLET_PRIVATE_KEY: `0x${'5a'.repeat(32)}`,
    });
    try {
      const health = async () =>
        (await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined))?.status;
      await until(health, (status) => status === 200, 'the facilitator');
    } finally {
      child.kill('SIGTERM');
    }
    expect(await exit).toBe(0);
    expect(text()).toContain('network unavailable for now');
    expect(text()).not.toContain('5a5a5a');
  });
});

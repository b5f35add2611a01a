import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { preparePython, UNREACHABLE, Unavailable } from './python-environment.js';

afterEach(() => vi.unstubAllEnvs());

describe('a machine that cannot run the lane', () => {
  it('has no Python', async () => {
    const empty = await mkdtemp(join(tmpdir(), '4mica-no-python-'));
    vi.stubEnv('PATH', empty);
    const preparing = preparePython();
    await expect(preparing).rejects.toBeInstanceOf(Unavailable);
    await expect(preparing).rejects.toThrow('there is no python');
    await rm(empty, { recursive: true });
  });

  it.each([
    "WARNING: Retrying (Retry(total=1)) after connection broken by 'NewConnectionError('<pip>: Failed to establish'",
    'ERROR: HTTP error 403 while getting the index',
    'Temporary failure in name resolution',
  ])('cannot reach the index: %s', (output) => {
    expect(output).toMatch(UNREACHABLE);
  });

  it('is not one whose index lacks a version', () => {
    expect('ERROR: No matching distribution found for sdk-4mica==9.9.9').not.toMatch(UNREACHABLE);
  });
});

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { FourMicaError } from '@fourmica/core-types';
import lockfile from 'proper-lockfile';

const STALE_AFTER_MS = 30_000;
const REFRESH_EVERY_MS = 3_000;
const ACQUIRING_STALE_AFTER_MS = 5_000;
const ACQUIRING_RETRIES = { retries: 80, minTimeout: 100, maxTimeout: 100 };

/** Directories that this process holds: a pid cannot tell two cores of one process apart. */
const heldHere = new Set<string>();

/**
 * Takes the lock of a data directory, which PGlite itself does not lock. The lock of a holder that died on this machine
 * is taken over at once, another one when it was not refreshed for thirty seconds.
 *
 * @param onLost - called when the lock was taken by another process, which happens only after a pause of this one.
 * @returns a function that gives the lock back.
 * @throws FourMicaError `DATA_DIRECTORY_IN_USE` when another core has it.
 */
export async function lockDataDirectory(
  dataDir: string,
  onLost: (cause: Error) => void,
): Promise<() => Promise<void>> {
  const directory = resolve(dataDir);
  await mkdir(directory, { recursive: true });
  const lockPath = `${directory}.lock`;
  const holderPath = `${directory}.holder`;
  // Only one starter at a time may judge whether the holder is dead: two that both find it so would remove each
  // other's fresh lock.
  const endAcquiring = await lockfile.lock(`${directory}.acquiring`, {
    realpath: false,
    stale: ACQUIRING_STALE_AFTER_MS,
    retries: ACQUIRING_RETRIES,
    onCompromised: onLost,
  });
  try {
    if (!heldHere.has(directory) && (await isHolderDead(holderPath))) {
      await rm(lockPath, { recursive: true, force: true });
    }
    const unlock = await lockfile.lock(directory, {
      lockfilePath: lockPath,
      stale: STALE_AFTER_MS,
      update: REFRESH_EVERY_MS,
      onCompromised: onLost,
    });
    await writeFile(holderPath, JSON.stringify({ pid: process.pid, host: hostname() }));
    heldHere.add(directory);
    return async () => {
      heldHere.delete(directory);
      await rm(holderPath, { force: true });
      await unlock();
    };
  } catch (cause) {
    throw new FourMicaError(
      'DATA_DIRECTORY_IN_USE',
      `data directory ${dataDir} is used by another core; stop that one, choose another directory, or use Postgres (DATABASE_URL) to run several`,
      { directory },
      { cause },
    );
  } finally {
    await endAcquiring();
  }
}

/** Tells whether the lock was left by a process of this machine that no longer runs. */
async function isHolderDead(holderPath: string): Promise<boolean> {
  const holder = await readHolder(holderPath);
  if (holder === undefined || holder.host !== hostname()) return false;
  // A container gives the same small pid to every start, so our own pid in the file is our predecessor's.
  if (holder.pid === process.pid) return true;
  try {
    process.kill(holder.pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

async function readHolder(path: string): Promise<{ pid: number; host: string } | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const match = /^\{"pid":([0-9]{1,10}),"host":"(.*)"\}$/.exec(text);
  return match === null ? undefined : { pid: Number(match[1]), host: match[2] as string };
}

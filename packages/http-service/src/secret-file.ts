import { readFileSync, statSync } from 'node:fs';
import { ValidationError } from '@fourmica/core-types';

const MAX_SECRET_BYTES = 64 * 1024;

/**
 * Reads a secret from a file, such as one that Docker or Kubernetes mounts; blanks around it are removed.
 *
 * @param setting - name of the setting that holds the path, for the error.
 * @throws ValidationError when there is no readable, non-empty file of at most 64 KiB. What is in it is not repeated.
 */
export function readSecretFile(path: string, setting: string): string {
  const secret = readText(path, setting).trim();
  if (secret === '') throw new ValidationError(setting, path, 'the path of a file that is not empty');
  return secret;
}

function readText(path: string, setting: string): string {
  try {
    if (statSync(path).size <= MAX_SECRET_BYTES) return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new ValidationError(setting, path, `the path of a readable file (${reasonOf(cause)})`, { cause });
  }
  throw new ValidationError(setting, path, `the path of a file of at most ${MAX_SECRET_BYTES} bytes`);
}

const reasonOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';

import { parseUint, ValidationError } from '@fourmica/core-types';

/**
 * Reads a TCP port from a command line option; 0 stands for a free one.
 *
 * @throws ValidationError naming the option.
 */
export function parsePort(value: unknown, option: string): number {
  try {
    return Number(parseUint(value, 16, option));
  } catch (cause) {
    throw new ValidationError(option, value, 'a TCP port from 0 (any free one) to 65535', { cause });
  }
}

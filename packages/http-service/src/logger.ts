import pino, { type DestinationStream, type Logger } from 'pino';
import { secretFilter } from './secret-filter.js';

/** Levels of a service's log, and `silent` for none. */
export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** How a service writes its log. */
export interface LoggerOptions {
  /** Name of the service in every line. */
  readonly name: string;
  /** Default `info`. */
  readonly level?: LogLevel | undefined;
  /** Texts that must never be written, wherever they turn up: keys, passwords, URLs that hold them. */
  readonly secrets?: readonly string[] | undefined;
  /** Default: standard output. */
  readonly destination?: DestinationStream | undefined;
}

/**
 * Creates a logger: JSON lines with secrets replaced in the written text, so that it does not matter in which member,
 * message or stack trace of a library's error they stand.
 */
export function createServiceLogger({
  name,
  level = 'info',
  secrets = [],
  destination,
}: LoggerOptions): Logger {
  const options = { name, level, hooks: { streamWrite: secretFilter(secrets) } };
  return destination === undefined ? pino(options) : pino(options, destination);
}

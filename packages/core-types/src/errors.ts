/**
 * The base of every error that a 4Mica package throws.
 *
 * `code` is stable and meant for `switch`; `context` holds the facts that belong to the code (never a secret);
 * `cause` is the error underneath, when there is one.
 */
export class FourMicaError<
  Code extends string = string,
  Context extends object = Readonly<Record<string, unknown>>,
> extends Error {
  override readonly name: string = 'FourMicaError';
  readonly code: Code;
  readonly context: Context;

  constructor(code: Code, message: string, context: Context, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.context = context;
  }
}

/** What {@link ValidationError} knows about the refused value. */
export interface ValidationContext {
  /** Path of the refused member, such as `claims.tab_id`. */
  readonly field: string;
  /** The refused value as text, cut to 120 characters. */
  readonly value: string;
  /** What would have been accepted. */
  readonly expected: string;
}

/** A value from outside (argument, setting, message) that is not what it has to be. */
export class ValidationError extends FourMicaError<'INVALID_VALUE', ValidationContext> {
  override readonly name: string = 'ValidationError';

  constructor(field: string, value: unknown, expected: string, options?: { cause?: unknown }) {
    const text = describeValue(value);
    super(
      'INVALID_VALUE',
      `${field}: expected ${expected}, got ${text}`,
      { field, value: text, expected },
      options,
    );
  }
}

const MAX_DESCRIBED_LENGTH = 120;

/** Renders a refused value for an error message: its type when it is not text or a number, at most 120 characters. */
export function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (typeof value === 'string') return cut(JSON.stringify(value));
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean')
    return cut(String(value));
  if (Array.isArray(value)) return 'an array';
  if (isOpaqueNumber(value)) return cut(value.value);
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** A JSON number that is kept as text because of its spelling. */
const isOpaqueNumber = (value: unknown): value is { readonly value: string } =>
  typeof value === 'object' &&
  value !== null &&
  'isLosslessNumber' in value &&
  'value' in value &&
  typeof value.value === 'string';

const cut = (text: string): string =>
  text.length <= MAX_DESCRIBED_LENGTH ? text : `${text.slice(0, MAX_DESCRIBED_LENGTH - 1)}…`;

import * as z from 'zod/mini';
import { ValidationError } from './errors.js';

type Issues = { issues: z.core.$ZodRawIssue[] };

/** Runs a parser inside a schema, so that its complaint becomes an issue with the path of the member. */
export function attempt<T>(parse: () => T, value: unknown, payload: Issues): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    payload.issues.push({ code: 'custom', input: value, message: `expected ${error.context.expected}` });
    return z.NEVER;
  }
}

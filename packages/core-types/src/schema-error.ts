import type * as z from 'zod/mini';
import { describeValue, ValidationError } from './errors.js';

type Issue = z.core.$ZodIssue;

/**
 * Converts the first issue of a zod error to a {@link ValidationError}.
 *
 * @param value - the whole refused value.
 * @param what - its name, the first part of the path.
 */
export function validationErrorOf(error: z.core.$ZodError, value: unknown, what: string): ValidationError {
  const issue = deepestIssue(error.issues[0] as Issue);
  const field = [what, ...issue.path.map(String)].join('.');
  const refused = issue.input === undefined ? memberAt(value, issue.path) : issue.input;
  return new ValidationError(field, refused, expectationOf(issue), { cause: error });
}

const memberAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );

/** A union reports one list of issues per branch; the branch that came furthest says what is really wrong. */
function deepestIssue(issue: Issue): Issue {
  if (issue.code !== 'invalid_union') return issue;
  const branches = issue.errors.flat();
  const furthest = branches.reduce<Issue | undefined>(
    (best, next) => (best === undefined || next.path.length > best.path.length ? next : best),
    undefined,
  );
  return furthest === undefined || furthest.path.length === 0
    ? issue
    : deepestIssue({ ...furthest, path: [...issue.path, ...furthest.path] });
}

const OWN_MESSAGE = /^expected /i;
const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  bigint: 'a bigint',
  boolean: 'true or false',
  object: 'an object',
  array: 'an array',
};

/** Says what would have been accepted: in the schema's own words if it has any, else derived from the kind of issue. */
function expectationOf(issue: Issue): string {
  if (OWN_MESSAGE.test(issue.message)) return issue.message.replace(OWN_MESSAGE, '');
  switch (issue.code) {
    case 'unrecognized_keys':
      return `no other members than the known ones (unknown: ${issue.keys.map(describeValue).join(', ')})`;
    case 'invalid_value':
      return issue.values.map((value) => describeValue(value)).join(' or ');
    case 'invalid_type':
      return TYPE_NAMES[issue.expected] ?? 'a value';
    case 'too_big':
      return boundOf(issue.origin, issue.exact === true ? 'exactly' : 'at most', issue.maximum);
    case 'too_small':
      return boundOf(issue.origin, issue.exact === true ? 'exactly' : 'at least', issue.minimum);
    case 'invalid_union':
      return 'one of the known forms';
    default:
      return 'a valid value';
  }
}

function boundOf(origin: string, relation: string, bound: number | bigint): string {
  if (origin === 'string') return `text of ${relation} ${bound} characters`;
  if (origin === 'array') return `an array of ${relation} ${bound} entries`;
  return `a number of ${relation} ${bound}`;
}

/** A check that did not hold. */
export interface Failure {
  /** Name of the vector. */
  readonly name: string;
  /** What was compared. */
  readonly check: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

/** The outcome of one vector file; one line of output. */
export interface FileReport {
  readonly file: string;
  /** Vectors of which every check held. */
  readonly passed: number;
  readonly failed: number;
  readonly failures: readonly Failure[];
}

/** Compares two values for one vector. */
export type Compare = (check: string, expected: unknown, actual: unknown) => void;

/** One vector: its name and what has to hold for it. */
export interface Case {
  readonly name: string;
  run(compare: Compare): void | Promise<void>;
}

/** Runs the cases of one file one after another. A case stops at its first failing check. */
export async function runCases(file: string, cases: readonly Case[]): Promise<FileReport> {
  const failures: Failure[] = [];
  for (const { name, run } of cases) {
    const failure = await firstFailure(name, run);
    if (failure !== undefined) failures.push(failure);
  }
  return { file, passed: cases.length - failures.length, failed: failures.length, failures };
}

/** Reports a file that could not be run at all as one failure. */
export const unusable = (file: string, check: string, expected: unknown, actual: unknown): FileReport => ({
  file,
  passed: 0,
  failed: 1,
  failures: [{ name: file, check, expected, actual }],
});

class CheckFailed extends Error {
  constructor(readonly failure: Omit<Failure, 'name'>) {
    super(failure.check);
  }
}

async function firstFailure(name: string, run: Case['run']): Promise<Failure | undefined> {
  try {
    await run(compare);
    return undefined;
  } catch (error) {
    if (error instanceof CheckFailed) return { name, ...error.failure };
    return { name, check: 'no error', expected: 'no error', actual: describeError(error) };
  }
}

const compare: Compare = (check, expected, actual) => {
  const [left, right] = [plain(expected), plain(actual)];
  if (JSON.stringify(left) !== JSON.stringify(right)) {
    throw new CheckFailed({ check, expected: left, actual: right });
  }
};

/** Makes values comparable as JSON: bigints as decimal text, members in order of their names. */
export function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value === undefined) return null;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, member]) => [key, plain(member)]),
  );
}

export const describeError = (error: unknown): string =>
  error instanceof Error
    ? `${'code' in error ? `${String(error.code)}: ` : ''}${error.message}`
    : String(error);

import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import type { StepReport } from './run-flows.js';

const Outcome = z.strictObject({
  /** `ok`, or the name of the exception's class. */
  outcome: z.string(),
  /** What the exception's message has to contain. */
  message: z.optional(z.string().min(1)),
});

const Expectation = z.strictObject({
  flow: z.string(),
  step: z.string(),
  ...Outcome.shape,
  /** What differs when the core demands a login. */
  loginRequired: z.optional(Outcome),
  /** How the Python SDK differs from its README or the protocol. */
  sdkDefect: z.optional(z.string().min(1)),
  /** Where we answer differently from what the SDK may expect, and why. */
  ourRule: z.optional(z.string().min(1)),
});
/** What has to come out of one step. */
export type Expectation = z.infer<typeof Expectation>;

/** A step beside what had to come out of it. */
export interface Verdict {
  readonly expectation: Expectation;
  readonly report: StepReport | undefined;
  /** What differs; undefined when everything is as expected. */
  readonly difference: string | undefined;
}

export async function readExpectations(file: URL): Promise<readonly Expectation[]> {
  return z.array(Expectation).parse(JSON.parse(await readFile(file, 'utf8')));
}

/** Compares what came out of the steps with what had to; a step that nobody expects is a difference too. */
export function compare(
  expectations: readonly Expectation[],
  reports: readonly StepReport[],
  isLoginRequired: boolean,
): readonly Verdict[] {
  const left = new Map(reports.map((report) => [`${report.flow}: ${report.step}`, report]));
  const verdicts = expectations.map((expectation): Verdict => {
    const name = `${expectation.flow}: ${expectation.step}`;
    const report = left.get(name);
    left.delete(name);
    const wanted = (isLoginRequired ? expectation.loginRequired : undefined) ?? expectation;
    return { expectation, report, difference: differenceBetween(wanted, report) };
  });
  const unexpected = [...left.values()].map(
    (report): Verdict => ({
      expectation: { flow: report.flow, step: report.step, outcome: report.outcome },
      report,
      difference: 'a step without an expectation',
    }),
  );
  return [...verdicts, ...unexpected];
}

function differenceBetween(
  wanted: z.infer<typeof Outcome>,
  report: StepReport | undefined,
): string | undefined {
  if (report === undefined) return 'the step did not run';
  const found = report.message === '' ? report.outcome : `${report.outcome} (${report.message})`;
  if (report.outcome !== wanted.outcome) return `expected ${wanted.outcome}, found ${found}`;
  if (!report.message.includes(wanted.message ?? '')) {
    return `expected a message with "${wanted.message}", found ${found}`;
  }
  return undefined;
}

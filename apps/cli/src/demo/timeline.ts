import { ContractError } from '@fourmica/contract-gateway';
import { FourMicaError } from '@fourmica/core-types';

/** One step of the demo, as reported. */
export interface Step {
  readonly name: string;
  readonly ok: boolean;
  /** Elapsed time in milliseconds. */
  readonly ms: number;
  readonly detail: string;
}

/** A step found something else than what has to hold. */
export class DemoStepError extends FourMicaError<'DEMO_STEP_FAILED', { readonly expectation: string }> {
  override readonly name = 'DemoStepError';

  constructor(expectation: string, found: string) {
    super('DEMO_STEP_FAILED', `expected ${expectation}, found ${found}`, { expectation });
  }
}

/** Refuses to go on unless two values read from chain, core or API are the same. */
export function expectEqual<T extends string | number | bigint | boolean>(
  what: string,
  actual: T,
  expected: T,
): void {
  if (actual !== expected) throw new DemoStepError(`${what} to be ${expected}`, String(actual));
}

/** Refuses to go on unless the contract reverts with a named error. */
export async function expectContractError(errorName: string, act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (error instanceof ContractError && error.errorName === errorName) return;
    throw error;
  }
  throw new DemoStepError(`the revert ${errorName}`, 'success');
}

/** Runs steps in order, measures them and hands each result to `report` as soon as it is there. */
export class Timeline {
  readonly steps: Step[] = [];
  readonly #report: (step: Step) => void;

  constructor(report: (step: Step) => void) {
    this.#report = report;
  }

  get ok(): boolean {
    return this.steps.every((step) => step.ok);
  }

  /**
   * Runs a step that resolves to what it found.
   *
   * @throws what the step threw, after it has been reported, because later steps stand on it.
   */
  async step(name: string, run: () => Promise<string>): Promise<void> {
    await this.stepWith(name, async () => [await run(), undefined]);
  }

  /** Does what {@link step} does, for a step that resolves to something beside its description. */
  async stepWith<T>(name: string, run: () => Promise<readonly [string, T]>): Promise<T> {
    const start = performance.now();
    const finish = (ok: boolean, detail: string) => {
      const step = { name, ok, ms: Math.round(performance.now() - start), detail };
      this.steps.push(step);
      this.#report(step);
    };
    try {
      const [detail, result] = await run();
      finish(true, detail);
      return result;
    } catch (error) {
      finish(false, error instanceof Error ? error.message : String(error));
      throw error;
    }
  }
}

/** Polls until `read` gives something other than undefined. */
export async function eventually<T>(
  what: string,
  read: () => Promise<T | undefined>,
  { timeoutMs = 30_000, intervalMs = 100 } = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await read();
    if (value !== undefined) return value;
    if (performance.now() > deadline)
      throw new DemoStepError(what, `nothing of it after ${timeoutMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
}

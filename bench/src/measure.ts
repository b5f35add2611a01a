import { Bench } from 'tinybench';

/** A function that is timed on distinct inputs, one after another. */
export interface Contender<Input> {
  readonly name: string;
  run(input: Input): unknown;
}

/** Contenders take turns this often, so that a change of the machine's load meets all of them. */
const ROUNDS = 5;

/** Median time of one call in milliseconds, by contender. */
export async function medians<Input>(
  inputs: readonly Input[],
  contenders: readonly Contender<Input>[],
  milliseconds = 2_000,
): Promise<ReadonlyMap<string, number>> {
  const tasks = contenders.map(({ name, run }) => {
    let next = 0;
    return { name, call: () => run(inputs[next++ % inputs.length] as Input), times: [] as number[] };
  });
  for (let round = 0; round < ROUNDS; round++) {
    const bench = new Bench({ time: milliseconds / ROUNDS, iterations: 4, warmupTime: 100 });
    for (const { name, call } of tasks) bench.add(name, call);
    await bench.run();
    for (const { name, times } of tasks) times.push(...(bench.getTask(name)?.result?.samples ?? []));
  }
  return new Map(tasks.map(({ name, times }) => [name, median(times)]));
}

/** The middle one of some figures. */
export const median = (samples: readonly number[]): number => {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
};

/**
 * Runs every contender on every input and compares the results.
 *
 * @throws Error naming the first contender that answers something else than the first one.
 */
export async function requireAgreement<Input>(
  inputs: readonly Input[],
  contenders: readonly Contender<Input>[],
): Promise<void> {
  for (const [i, input] of inputs.entries()) {
    const [expected, ...others] = await Promise.all(contenders.map(({ run }) => run(input)));
    others.forEach((actual, k) => {
      if (JSON.stringify(actual) !== JSON.stringify(expected)) {
        throw new Error(`${contenders[k + 1]?.name} and ${contenders[0]?.name} differ on input ${i}`);
      }
    });
  }
}

/** The measured time of a contender. */
export function ms(times: ReadonlyMap<string, number>, name: string): number {
  const time = times.get(name);
  if (time === undefined) throw new Error(`nothing was measured for ${name}`);
  return time;
}

/** Takes a figure again and again until it is stopped. */
export function sampled(take: () => Promise<number>, everyMs: number): { stop(): Promise<number[]> } {
  const taking: Promise<number>[] = [take()];
  const timer = setInterval(() => taking.push(take()), everyMs);
  return {
    stop: () => {
      clearInterval(timer);
      return Promise.all(taking);
    },
  };
}

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { median } from '../measure.js';

/** Figures of one run of a program, by name. */
type Figures = Readonly<Record<string, number>>;

/** Runs a program of this folder in a Node of its own; it prints its figures as JSON. */
export async function runProgram(program: string, settings: object): Promise<Figures> {
  const path = fileURLToPath(new URL(`./programs/${program}`, import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [path, JSON.stringify(settings)], {
    timeout: 300_000,
  });
  return JSON.parse(stdout);
}

/** Runs a program for each contender in turn, several times, and takes the median of each figure. */
export async function runInTurn<Name extends string>(
  program: string,
  contenders: Readonly<Partial<Record<Name, object>>>,
  rounds: number,
): Promise<Partial<Record<Name, Figures>>> {
  const names = Object.keys(contenders) as Name[];
  const runs = new Map<Name, Figures[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const name of names) runs.get(name)?.push(await runProgram(program, contenders[name] ?? {}));
  }
  return Object.fromEntries(names.map((name) => [name, mediansOf(runs.get(name) ?? [])])) as Partial<
    Record<Name, Figures>
  >;
}

function mediansOf(runs: readonly Figures[]): Figures {
  const [first = {}] = runs;
  return Object.fromEntries(
    Object.keys(first).map((figure) => [figure, median(runs.map((run) => run[figure] ?? Number.NaN))]),
  );
}

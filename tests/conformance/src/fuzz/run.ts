import { describeError } from '../report.js';
import { Random } from './random.js';
import { isTypedError, type Target, type Trial, Violation } from './target.js';

/** The longest that a decoder may take for one input. */
const MAX_MS_PER_INPUT = 500;
/** A slow input is tried again, because a pause of the machine is no fault of the decoder. */
const SLOW_ATTEMPTS = 5;

/** What a decoder did with its inputs. */
export interface FuzzReport {
  readonly target: string;
  readonly runs: number;
  readonly accepted: number;
  readonly refused: number;
  /** The slowest input in milliseconds. */
  readonly slowestMs: number;
  /** The first input that broke a promise. */
  readonly violation?: { readonly run: number; readonly input: string; readonly problem: string };
}

/** Feeds the valid inputs of a decoder to it, then mutated ones; stops at the first broken promise. */
export async function fuzz(target: Target, runs: number, seed: number): Promise<FuzzReport> {
  for (const { input, outcome } of await outcomesOf(target.seeds)) {
    if (outcome === 'accepted') continue;
    const violation = { run: 0, input: printable(input), problem: `a valid input is ${outcome}` };
    return { target: target.name, runs: 0, accepted: 0, refused: 0, slowestMs: 0, violation };
  }
  const random = new Random(seed);
  let accepted = 0;
  let slowestMs = 0;
  for (let run = 0; run < runs; run++) {
    const trial = target.next(random);
    const { outcome, ms } = await attempt(trial);
    slowestMs = Math.max(slowestMs, ms);
    if (outcome === 'accepted') accepted += 1;
    else if (outcome !== 'refused') {
      const violation = { run, input: printable(trial.input), problem: outcome };
      return { target: target.name, runs: run + 1, accepted, refused: run - accepted, slowestMs, violation };
    }
  }
  return { target: target.name, runs, accepted, refused: runs - accepted, slowestMs };
}

/** Decodes one input; a slow one several times, of which the fastest counts. */
async function attempt(trial: Trial): Promise<{ outcome: string; ms: number }> {
  let fastest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < SLOW_ATTEMPTS; i++) {
    const start = performance.now();
    const outcome = await outcomeOf(trial);
    fastest = Math.min(fastest, performance.now() - start);
    if (fastest <= MAX_MS_PER_INPUT) return { outcome, ms: fastest };
  }
  return { outcome: `took ${fastest.toFixed(0)} ms`, ms: fastest };
}

const outcomesOf = (trials: readonly Trial[]): Promise<{ input: Trial['input']; outcome: string }[]> =>
  Promise.all(trials.map(async (trial) => ({ input: trial.input, outcome: await outcomeOf(trial) })));

/** `accepted`, `refused`, or which promise was broken. */
async function outcomeOf(trial: Trial): Promise<string> {
  try {
    await trial.decode();
    return 'accepted';
  } catch (error) {
    if (error instanceof Violation) return `accepted, but ${error.message}`;
    return isTypedError(error)
      ? 'refused'
      : `threw ${error instanceof Error ? error.name : typeof error}: ${describeError(error)}`;
  }
}

const printable = (input: Uint8Array | string): string =>
  typeof input === 'string' ? JSON.stringify(input) : Buffer.from(input).toString('hex');

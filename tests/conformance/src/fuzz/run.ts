import { describeError } from '../report.js';
import { Random } from './random.js';
import { isTypedError, mutate, type Target, Violation } from './targets.js';

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

/** Feeds mutated inputs to one decoder; stops at the first broken promise. */
export function fuzz(target: Target, runs: number, seed: number): FuzzReport {
  const random = new Random(seed);
  let accepted = 0;
  let slowestMs = 0;
  for (let run = 0; run < runs; run++) {
    const input = mutate(target, random);
    const { problem, ms } = attempt(target, input);
    slowestMs = Math.max(slowestMs, ms);
    if (problem === 'accepted') accepted += 1;
    const broken = ms > MAX_MS_PER_INPUT ? `took ${ms.toFixed(0)} ms` : problem;
    if (broken !== 'accepted' && broken !== 'refused') {
      const violation = { run, input: printable(input), problem: broken };
      return { target: target.name, runs: run + 1, accepted, refused: run - accepted, slowestMs, violation };
    }
  }
  return { target: target.name, runs, accepted, refused: runs - accepted, slowestMs };
}

/** Decodes one input; a slow one several times, of which the fastest counts. */
function attempt(target: Target, input: Uint8Array | string): { problem: string; ms: number } {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < SLOW_ATTEMPTS; i++) {
    const start = performance.now();
    const problem = problemOf(target, input);
    best = Math.min(best, performance.now() - start);
    if (best <= MAX_MS_PER_INPUT) return { problem, ms: best };
  }
  return { problem: 'slow', ms: best };
}

function problemOf(target: Target, input: Uint8Array | string): string {
  try {
    target.decode(input);
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

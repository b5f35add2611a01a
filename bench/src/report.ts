import { availableParallelism, cpus, loadavg } from 'node:os';

/** One measured fact. */
export interface Result {
  readonly what: string;
  readonly value: number;
  readonly unit: 'ms' | '1/s' | 'MB' | 'kB';
  readonly peer: string;
  readonly peerValue: number;
  /** Peer's time divided by ours: above 1 is faster than the peer. */
  readonly ratio: number;
  readonly target: string;
  readonly met: boolean;
}

const round = (value: number): number => Number(value.toPrecision(4));

/** Rounds a fact for the report. */
export const result = (fact: Result): Result => ({
  ...fact,
  value: round(fact.value),
  peerValue: round(fact.peerValue),
  ratio: round(fact.ratio),
});

/** Compares with a peer: at least `factor` times as fast. A factor below 1 allows to be slower. */
export const atLeast = (
  what: string,
  value: number,
  peer: string,
  peerValue: number,
  factor: number,
): Result => ({
  what,
  value: round(value),
  unit: 'ms',
  peer,
  peerValue: round(peerValue),
  ratio: round(peerValue / value),
  target: `at least ${round(factor)}x as fast as ${peer}`,
  met: peerValue / value >= factor,
});

/** Compares with a limit in milliseconds; the peer is shown for orientation. */
export const atMost = (
  what: string,
  value: number,
  peer: string,
  peerValue: number,
  limit: number,
): Result => ({
  ...atLeast(what, value, peer, peerValue, 1),
  target: `at most ${limit} ms`,
  met: value <= limit,
});

/** Compares with native code that works on other inputs: what is possible, not what is asked for. */
export const asLimit = (what: string, value: number, peer: string, peerValue: number): Result => ({
  ...atLeast(what, value, peer, peerValue, 0),
  target: 'none: the limit, with another ciphersuite',
});

/** Writes results as one JSON object, or as the report for the README. */
export const print = (name: string, results: readonly Result[], asJson: boolean): void =>
  console.log(asJson ? JSON.stringify({ name, results }) : report(results));

const report = (results: readonly Result[]): string =>
  [
    `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${machine()}, load ${load()} before the run.`,
    '',
    '| what | ours | peer | ratio | target | met |',
    '| --- | --- | --- | --- | --- | --- |',
    ...results.map(
      ({ what, value, unit, peer, peerValue, ratio, target, met }) =>
        `| ${what} | ${value} ${unit} | ${peer} ${peerValue} ${unit} | ${ratio} | ${target} | ${met ? 'yes' : '**no**'} |`,
    ),
  ].join('\n');

const machine = (): string =>
  `${cpus()[0]?.model.trim() ?? 'unknown processor'} (${availableParallelism()} cores)`;

const loadAtStart = loadavg()[0] ?? Number.NaN;
const load = (): string => loadAtStart.toFixed(1);

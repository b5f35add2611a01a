import type { Clock } from '@fourmica/core-types';

/** The machine's clock with an offset that can be moved forward. */
export interface MovableClock extends Clock {
  /** Moves the clock forward by whole seconds. */
  advance(seconds: number): void;
}

/** Creates a clock that shows the machine's time until it is moved. */
export function createMovableClock(): MovableClock {
  let offsetMs = 0;
  return {
    nowMs: () => Date.now() + offsetMs,
    advance: (seconds) => {
      offsetMs += seconds * 1000;
    },
  };
}

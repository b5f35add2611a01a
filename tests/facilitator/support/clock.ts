import type { Clock } from '@fourmica/core-types';

/** The machine's clock, moved by hand. */
export class MovableClock implements Clock {
  #offsetMs = 0;

  nowMs(): number {
    return Date.now() + this.#offsetMs;
  }

  advance(seconds: number): void {
    this.#offsetMs += seconds * 1000;
  }
}

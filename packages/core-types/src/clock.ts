/** Source of the present time; services take one so that tests and the local network can move it. */
export interface Clock {
  /** Milliseconds since 1970-01-01 UTC. */
  nowMs(): number;
}

/** The clock of the machine. */
export const systemClock: Clock = { nowMs: () => Date.now() };

/** The present time in whole unix seconds. */
export const nowSeconds = (clock: Clock): bigint => BigInt(Math.floor(clock.nowMs() / 1000));

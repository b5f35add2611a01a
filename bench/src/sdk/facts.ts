import { type Result, result } from '../report.js';
import { PEER } from './peer.js';

/** What was measured of both; lower is better. */
export interface Measured {
  readonly what: string;
  readonly unit: Result['unit'];
  readonly ours: number;
  /** Undefined when the peer has nothing like it, or could not be installed. */
  readonly peer: number | undefined;
  /** What must not be exceeded. */
  readonly limit?: number;
}

/** Sets a figure beside the peer's, or beside the limit where there is no peer. */
export function beside({ what, unit, ours, peer, limit }: Measured): Result {
  const other = peer ?? limit ?? Number.NaN;
  return result({
    what,
    value: ours,
    unit,
    peer: peer === undefined && limit !== undefined ? 'limit' : PEER,
    peerValue: other,
    ratio: other / ours,
    target: limit === undefined ? 'none' : `at most ${limit} ${unit}`,
    met: limit === undefined || ours <= limit,
  });
}

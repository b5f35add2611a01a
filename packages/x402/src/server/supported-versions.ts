import { type Caip2, type Clock, FourMicaError } from '@fourmica/core-types';
import { isSameNetwork } from '../check-payment.js';
import type { X402Version } from '../offer.js';
import { FOUR_MICA_SCHEME } from '../scheme.js';
import type { FacilitatorClient, SupportedKinds } from './facilitator-client.js';

const KEPT_MS = 60_000;
const RETRY_MS = 5_000;
/** A payer is not kept waiting for its 402 longer than this. */
const PATIENCE_MS = 2_000;

/** Remembers which versions of x402 a facilitator takes on a network. */
export class SupportedVersions {
  readonly #facilitator: FacilitatorClient;
  readonly #clock: Clock;
  readonly #onError: (error: unknown) => void;
  #kinds: SupportedKinds['kinds'] = [];
  #askAgainAtMs = 0;
  #asking: Promise<void> | undefined;

  constructor(facilitator: FacilitatorClient, clock: Clock, onError: (error: unknown) => void) {
    this.#facilitator = facilitator;
    this.#clock = clock;
    this.#onError = onError;
  }

  /** Lists the versions for a network; both when the facilitator does not tell. */
  async of(network: Caip2): Promise<readonly X402Version[]> {
    if (this.#clock.nowMs() >= this.#askAgainAtMs) {
      this.#asking ??= this.#ask().finally(() => {
        this.#asking = undefined;
      });
      await withinPatience(this.#asking);
    }
    const versions = ([1, 2] as const).filter((version) =>
      this.#kinds.some(
        (kind) =>
          kind.scheme === FOUR_MICA_SCHEME &&
          kind.x402Version === version &&
          isSameNetwork(kind.network, network),
      ),
    );
    return versions.length > 0 ? versions : [1, 2];
  }

  async #ask(): Promise<void> {
    try {
      this.#kinds = (await this.#facilitator.supported()).kinds;
      this.#askAgainAtMs = this.#clock.nowMs() + KEPT_MS;
    } catch (error) {
      if (!(error instanceof FourMicaError)) throw error;
      this.#askAgainAtMs = this.#clock.nowMs() + RETRY_MS;
      this.#onError(error);
    }
  }
}

async function withinPatience(work: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS);
  });
  try {
    await Promise.race([work, patience]);
  } finally {
    clearTimeout(timer);
  }
}

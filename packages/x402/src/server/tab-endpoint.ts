import { FourMicaError } from '@fourmica/core-types';
import { parseAnswer } from '../http.js';
import { FacilitatorClient, type FacilitatorClientOptions } from './facilitator-client.js';
import { type GateOffer, type OfferConfig, parseOffers } from './gate-config.js';
import { type BufferedResponse, jsonResponse } from './messages.js';
import { facilitatorTabRequest, isPayerMistake } from './tab-request.js';

/** Settings of {@link createTabEndpoint}. */
export interface TabEndpointConfig {
  readonly facilitator: FacilitatorClient | FacilitatorClientOptions;
  /** Everything that is sold here: recipient, asset, network and guarantee version of tabs come from it. */
  readonly offers: readonly OfferConfig[];
  /** Told of failures that the payer only sees as 502. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** Answers the body of a `POST` to a tab endpoint. */
export type TabEndpoint = (body: string) => Promise<BufferedResponse>;

/**
 * Creates a tab endpoint for servers that do not use a payment gate.
 *
 * @throws X402Error `CONFIG_INVALID` naming the setting that is wrong.
 */
export function createTabEndpoint(config: TabEndpointConfig): TabEndpoint {
  const { facilitator, onError } = config;
  const client = facilitator instanceof FacilitatorClient ? facilitator : new FacilitatorClient(facilitator);
  return tabEndpoint(client, parseOffers(config.offers), onError);
}

/** Creates a tab endpoint from offers that were checked. */
export const tabEndpoint =
  (
    facilitator: FacilitatorClient,
    offers: readonly GateOffer[],
    onError?: (error: unknown) => void,
  ): TabEndpoint =>
  async (body) => {
    try {
      const request = facilitatorTabRequest(parseAnswer(body, 'body'), offers);
      return await openAtFacilitator(facilitator, request, onError);
    } catch (error) {
      if (isPayerMistake(error)) return jsonResponse(400, { error: error.message });
      throw error;
    }
  };

/** Status and words of the facilitator pass as they are. */
async function openAtFacilitator(
  facilitator: FacilitatorClient,
  request: ReturnType<typeof facilitatorTabRequest>,
  onError: ((error: unknown) => void) | undefined,
): Promise<BufferedResponse> {
  try {
    const { status, body } = await facilitator.openTabPassing(request);
    return jsonResponse(status, body);
  } catch (error) {
    if (!(error instanceof FourMicaError)) throw error;
    onError?.(error);
    return jsonResponse(502, {
      error: 'the tab could not be opened: the facilitator does not answer as it should',
    });
  }
}

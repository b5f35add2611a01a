import {
  acceptedGuaranteeVersions,
  CorePublicParametersSchema,
  type CorePublicParameters as PublicParametersData,
  parseWith,
} from '@fourmica/core-types';
import { type WithJson, withJson } from './json.js';

/** What a core tells everybody about itself. */
export type CorePublicParameters = WithJson<PublicParametersData> & {
  /** Lists the guarantee versions that the core accepts, ascending. */
  acceptedGuaranteeVersionsOrDefault(): readonly number[];
};
export const CorePublicParameters = {
  /**
   * Reads the core's JSON.
   *
   * @throws ValidationError naming the member that is missing or wrong.
   */
  fromRpc: (raw: unknown): CorePublicParameters =>
    publicParameters(parseWith(CorePublicParametersSchema, raw, 'publicParams')),
};

/** Gives public parameters their methods. */
export function publicParameters(data: PublicParametersData): CorePublicParameters {
  const model = withJson(data);
  return Object.freeze(
    Object.create(model, {
      ...Object.getOwnPropertyDescriptors(model),
      acceptedGuaranteeVersionsOrDefault: { value: () => acceptedGuaranteeVersions(data) },
    }),
  );
}

import { FourMicaError } from '@fourmica/sdk';

/** Waits for a rejection with an error of the family and returns it. */
export async function rejection(promise: Promise<unknown>): Promise<FourMicaError> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (outcome instanceof FourMicaError) return outcome;
  throw new Error('expected a FourMicaError', { cause: outcome });
}

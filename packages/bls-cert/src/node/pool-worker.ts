import { loadBls, VerificationError } from '@fourmica/bls-cert';
import type { PoolOutcome, PoolTask, Refusal } from './pool-task.js';

/** Runs one task with the BLS library of this thread. */
export default async function runTask({ name, args }: PoolTask): Promise<PoolOutcome> {
  const bls = await loadBls();
  try {
    const value: unknown = Reflect.apply(bls[name], bls, args);
    return { value: Array.isArray(value) ? value.map(asData) : value };
  } catch (error) {
    if (error instanceof VerificationError) return { refusal: refusalOf(error) };
    throw error;
  }
}

const asData = (entry: unknown): unknown => (entry instanceof VerificationError ? refusalOf(entry) : entry);

const refusalOf = ({ code, message }: VerificationError): Refusal => ({ code, message });

import { type Bls, loadBls, VerificationError } from '@fourmica/bls-cert';
import type { PoolOutcome, PoolTask } from './pool-task.js';

/** Runs one task with the BLS library of this thread. */
export default async function runTask(task: PoolTask): Promise<PoolOutcome> {
  const bls = await loadBls();
  try {
    return { ok: true, value: perform(bls, task) };
  } catch (error) {
    if (error instanceof VerificationError) return { ok: false, code: error.code, message: error.message };
    throw error;
  }
}

const perform = (bls: Bls, task: PoolTask): Uint8Array | boolean =>
  task.kind === 'sign'
    ? bls.sign(task.secretKey, task.message)
    : bls.verify(task.publicKey, task.message, task.signature);

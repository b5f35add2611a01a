import { availableParallelism } from 'node:os';
import {
  type CertificateText,
  type CertificateTrust,
  signCertificateWith,
  VerificationError,
  verifyCertificateWith,
} from '@fourmica/bls-cert';
import { type BLSCert, type CertificateClaims, FourMicaError } from '@fourmica/core-types';
import { Piscina } from 'piscina';
import type { PoolOutcome, PoolTask } from './pool-task.js';

/**
 * Why a pool did not do its work.
 *
 * - `BLS_POOL_FULL`: too many tasks wait; slow down, or wait for {@link BlsPool.drained}.
 * - `BLS_POOL_CLOSED`: the pool was closed.
 * - `BLS_POOL_FAILED`: a worker thread broke; `cause` says why.
 */
export class BlsPoolError extends FourMicaError<'BLS_POOL_FULL' | 'BLS_POOL_CLOSED' | 'BLS_POOL_FAILED'> {
  override readonly name = 'BlsPoolError';
}

/** Settings of a {@link BlsPool}. */
export interface BlsPoolOptions {
  /** Worker threads; default is what the machine can run at the same time. */
  readonly threads?: number;
  /** Tasks that may wait for a thread; default 256 per thread. */
  readonly maxWaiting?: number;
}

const WAITING_PER_THREAD = 256;

/** Signs and verifies in worker threads, so that the event loop of the caller stays free. Node only. */
export class BlsPool {
  readonly #piscina: Piscina<PoolTask, PoolOutcome>;
  readonly #maxWaiting: number;
  readonly #accepted = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(options: BlsPoolOptions = {}) {
    const threads = options.threads ?? availableParallelism();
    this.#maxWaiting = options.maxWaiting ?? threads * WAITING_PER_THREAD;
    this.#piscina = new Piscina({
      filename: new URL('./pool-worker.js', import.meta.url).href,
      minThreads: threads,
      maxThreads: threads,
      maxQueue: this.#maxWaiting,
    });
  }

  /** Tasks that wait for a thread. */
  get waiting(): number {
    return this.#piscina.queueSize;
  }

  /**
   * Signs a message; see `Bls.sign`.
   *
   * @throws VerificationError `BLS_SECRET_KEY_INVALID`.
   * @throws BlsPoolError
   */
  async sign(secretKey: Uint8Array, message: Uint8Array): Promise<Uint8Array> {
    const signature = await this.#run({ kind: 'sign', secretKey, message });
    if (signature instanceof Uint8Array) return signature;
    throw unexpected('a signature');
  }

  /**
   * Tells whether the signature was made by this key over this message; see `Bls.verify`.
   *
   * @throws VerificationError for malformed, infinite or foreign points.
   * @throws BlsPoolError
   */
  async verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
    const verdict = await this.#run({ kind: 'verify', publicKey, message, signature });
    if (typeof verdict === 'boolean') return verdict;
    throw unexpected('a verdict');
  }

  /** Signs what a certificate says; see `signCertificate`. @throws BlsPoolError and what `signCertificate` throws. */
  signCertificate(secretKey: Uint8Array, claims: CertificateClaims): Promise<BLSCert> {
    return signCertificateWith(this, secretKey, claims);
  }

  /** Verifies a certificate; see `verifyCertificate`. @throws BlsPoolError and what `verifyCertificate` throws. */
  verifyCertificate(certificate: CertificateText, trust: CertificateTrust): Promise<CertificateClaims> {
    return verifyCertificateWith(this, certificate, trust);
  }

  /** Resolves when no task waits for a thread any more. */
  drained(): Promise<void> {
    if (this.waiting === 0) return Promise.resolve();
    return new Promise((resolve) => this.#piscina.once('drain', () => resolve()));
  }

  /** Finishes the tasks that were accepted, then ends the threads. May be called more than once. */
  close(): Promise<void> {
    this.#closing ??= Promise.allSettled(this.#accepted).then(() => this.#piscina.destroy());
    return this.#closing;
  }

  async #run(task: PoolTask): Promise<Uint8Array | boolean> {
    if (this.#closing !== undefined) {
      throw new BlsPoolError('BLS_POOL_CLOSED', 'BLS pool: it was closed; create another one', {});
    }
    if (this.waiting >= this.#maxWaiting) {
      const context = { waiting: this.waiting };
      throw new BlsPoolError(
        'BLS_POOL_FULL',
        `BLS pool: ${this.waiting} tasks wait already; try again later`,
        context,
      );
    }
    const work = this.#piscina.run(task);
    this.#accepted.add(work);
    try {
      return resultOf(await work);
    } catch (cause) {
      if (cause instanceof VerificationError) throw cause;
      throw new BlsPoolError(
        'BLS_POOL_FAILED',
        'BLS pool: a worker thread failed; see the cause',
        {},
        { cause },
      );
    } finally {
      this.#accepted.delete(work);
    }
  }
}

function resultOf(outcome: PoolOutcome): Uint8Array | boolean {
  if (outcome.ok) return outcome.value;
  throw new VerificationError(outcome.code, outcome.message);
}

const unexpected = (expected: string): BlsPoolError =>
  new BlsPoolError('BLS_POOL_FAILED', `BLS pool: a worker did not answer ${expected}`, {});

import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import {
  type Bls,
  type CertificateText,
  type CertificateTrust,
  type PublicKeyWords,
  type SignedMessage,
  signCertificateWith,
  VerificationError,
  verifyCertificatesWith,
  verifyCertificateWith,
} from '@fourmica/bls-cert';
import { type BLSCert, type CertificateClaims, FourMicaError, type Hex } from '@fourmica/core-types';
import { Piscina } from 'piscina';
import type { PoolOutcome, PoolTask, Refusal } from './pool-task.js';

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
/** As many signatures as one equation verifies; a longer batch is spread over the threads. */
const SIGNATURES_PER_TASK = 64;

/** The functions of `Bls`, each with a promise of its result. */
type AsyncBls = {
  readonly [Name in keyof Bls]: (...args: Parameters<Bls[Name]>) => Promise<ReturnType<Bls[Name]>>;
};

/**
 * The functions of `Bls` in worker threads, so that the event loop of the caller stays free. Node only. Every function
 * throws what its counterpart throws, and {@link BlsPoolError}.
 */
export class BlsPool implements AsyncBls {
  readonly #piscina: Piscina<PoolTask, PoolOutcome>;
  readonly #maxWaiting: number;
  readonly #accepted = new Set<Promise<unknown>>();
  readonly #loading = new Set<Worker>();
  #closing: Promise<void> | undefined;

  constructor(options: BlsPoolOptions = {}) {
    const threads = options.threads ?? availableParallelism();
    this.#maxWaiting = options.maxWaiting ?? threads * WAITING_PER_THREAD;
    this.#piscina = new Piscina({
      filename: new URL('./pool-worker.js', import.meta.url).href,
      minThreads: threads,
      maxThreads: threads,
      maxQueue: this.#maxWaiting,
      // Else every completion sends the oldest task that still has to wait back to the end of the queue.
      stricterFIFO: true,
    });
    for (const worker of this.#piscina.threads) {
      this.#loading.add(worker);
      const loaded = () => this.#loading.delete(worker);
      worker.once('message', loaded).once('exit', loaded);
    }
  }

  /** Tasks that wait for a thread. */
  get waiting(): number {
    return this.#piscina.queueSize;
  }

  /** Derives the compressed public key; see `Bls.publicKeyOf`. */
  publicKeyOf(secretKey: Uint8Array): Promise<Uint8Array> {
    return this.#call('publicKeyOf', secretKey);
  }

  /** Signs a message; see `Bls.sign`. */
  sign(secretKey: Uint8Array, message: Uint8Array): Promise<Uint8Array> {
    return this.#call('sign', secretKey, message);
  }

  /** Tells whether the signature was made by this key over this message; see `Bls.verify`. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
    return this.#call('verify', publicKey, message, signature);
  }

  /** Verifies many signatures of one key, in all threads at once; see `Bls.verifyBatch`. */
  async verifyBatch(
    publicKey: Uint8Array,
    signatures: readonly SignedMessage[],
  ): Promise<readonly (VerificationError | undefined)[]> {
    const count = Math.max(1, Math.ceil(signatures.length / SIGNATURES_PER_TASK));
    const parts = Array.from({ length: count }, (_, i) =>
      signatures.slice(i * SIGNATURES_PER_TASK, (i + 1) * SIGNATURES_PER_TASK),
    );
    const verdicts = await Promise.all(parts.map((part) => this.#call('verifyBatch', publicKey, part)));
    return verdicts.flat().map((refusal) => refusal && errorOf(refusal));
  }

  /** Expands a public key to Solidity words; see `Bls.publicKeyToWords`. */
  publicKeyToWords(publicKey: Uint8Array): Promise<PublicKeyWords> {
    return this.#call('publicKeyToWords', publicKey);
  }

  /** Compresses a public key; see `Bls.publicKeyFromWords`. */
  publicKeyFromWords(words: readonly string[]): Promise<Uint8Array> {
    return this.#call('publicKeyFromWords', words);
  }

  /** Expands a signature to Solidity words; see `Bls.signatureToWords`. */
  signatureToWords(...args: Parameters<Bls['signatureToWords']>): Promise<readonly Hex[]> {
    return this.#call('signatureToWords', ...args);
  }

  /** Compresses a signature; see `Bls.signatureFromWords`. */
  signatureFromWords(words: readonly string[]): Promise<Uint8Array> {
    return this.#call('signatureFromWords', words);
  }

  /** Signs what a certificate says; see `signCertificate`. */
  signCertificate(secretKey: Uint8Array, claims: CertificateClaims): Promise<BLSCert> {
    return signCertificateWith(this, secretKey, claims);
  }

  /** Verifies a certificate; see `verifyCertificate`. */
  verifyCertificate(certificate: CertificateText, trust: CertificateTrust): Promise<CertificateClaims> {
    return verifyCertificateWith(this, certificate, trust);
  }

  /** Verifies many certificates; see `verifyCertificates`. */
  verifyCertificates(
    certificates: readonly CertificateText[],
    trust: CertificateTrust,
  ): Promise<readonly (CertificateClaims | VerificationError)[]> {
    return verifyCertificatesWith(this, certificates, trust);
  }

  /** Resolves when no task waits for a thread any more. */
  drained(): Promise<void> {
    if (this.waiting === 0) return Promise.resolve();
    return new Promise((resolve) => this.#piscina.once('drain', () => resolve()));
  }

  /** Finishes the tasks that were accepted, then ends the threads. May be called more than once. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#accepted);
    // Node may abort the whole process when a thread is ended while it loads its modules.
    await Promise.all([...this.#loading].map(untilLoaded));
    await this.#piscina.destroy();
  }

  /** The worker calls the function of that name, so that its result has that function's type. */
  async #call<Name extends keyof Bls>(
    name: Name,
    ...args: Parameters<Bls[Name]>
  ): Promise<ReturnType<Bls[Name]>> {
    return (await this.#run({ name, args } as PoolTask)) as ReturnType<Bls[Name]>;
  }

  async #run(task: PoolTask): Promise<unknown> {
    if (this.#closing !== undefined) {
      throw new BlsPoolError('BLS_POOL_CLOSED', 'BLS pool: it was closed; create another one', {});
    }
    const { waiting } = this;
    if (waiting >= this.#maxWaiting) {
      const message = `BLS pool: ${waiting} tasks wait already; try again later`;
      throw new BlsPoolError('BLS_POOL_FULL', message, { waiting });
    }
    const work = this.#piscina.run(task);
    this.#accepted.add(work);
    const outcome = await work.catch(failed).finally(() => this.#accepted.delete(work));
    if ('refusal' in outcome) throw errorOf(outcome.refusal);
    return outcome.value;
  }
}

/** Resolves when a thread is ready, or has ended. */
function untilLoaded(worker: Worker): Promise<void> {
  worker.ref();
  return new Promise((resolve) => {
    worker.once('message', () => resolve()).once('exit', () => resolve());
  });
}

function failed(cause: unknown): never {
  throw new BlsPoolError('BLS_POOL_FAILED', 'BLS pool: a worker thread failed; see the cause', {}, { cause });
}

const errorOf = ({ code, message }: Refusal): VerificationError => new VerificationError(code, message);

/**
 * Waits for work at most `timeoutMs` milliseconds. Work that is late goes on, but nobody learns of it.
 *
 * @throws what `lateness` creates when the time is over, else what the work throws.
 */
export async function withinTime<T>(work: Promise<T>, timeoutMs: number, lateness: () => Error): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const expiry = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(lateness()), timeoutMs);
  });
  try {
    return await Promise.race([work, expiry]);
  } finally {
    clearTimeout(timer);
  }
}

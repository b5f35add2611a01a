/** Patience for a busy machine; only a test that fails waits so long. */
const DEFAULT_TIMEOUT_MS = 60_000;
const PAUSE_MS = 25;

/** Asks again until the answer is what is expected, and fails with the last answer after a minute, or as told. */
export async function until<T>(
  ask: () => Promise<T>,
  isExpected: (answer: T) => boolean,
  what: string,
  timeoutMs = DEFAULT_TIMEOUT_MS,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (isExpected(answer)) return answer;
    if (Date.now() > deadline) {
      throw new Error(`${what} did not come true; the last answer was ${show(answer)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

const show = (value: unknown): string =>
  JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? inner.toString() : inner));

/** A signal that fires when the time is up or when the caller gives up. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Whether the time was up before anything else happened. */
  hasPassed(): boolean;
  /** Releases timer and listener. */
  clear(): void;
}

/** Starts a deadline of `timeoutMs` milliseconds that also follows the caller's signal. */
export function startDeadline(timeoutMs: number, outer: AbortSignal | undefined): Deadline {
  const controller = new AbortController();
  let passed = false;
  const timer = setTimeout(() => {
    passed = true;
    controller.abort(new DOMException(`no answer within ${timeoutMs} ms`, 'TimeoutError'));
  }, timeoutMs);
  const follow = () => controller.abort(outer?.reason);
  outer?.addEventListener('abort', follow, { once: true });
  return {
    signal: controller.signal,
    hasPassed: () => passed,
    clear: () => {
      clearTimeout(timer);
      outer?.removeEventListener('abort', follow);
    },
  };
}

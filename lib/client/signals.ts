/** @module Small steps with abort signals. */

/** `promise`, or the signal's reason if it fires first. */
export async function raceSignal<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (signal === undefined) return await promise;
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort);
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** Call `run` when `signal` fires, or has fired already; until disposed. */
export function onAbort(
  signal: AbortSignal | undefined,
  run: () => void,
): Disposable {
  if (signal?.aborted) run();
  signal?.addEventListener("abort", run);
  return { [Symbol.dispose]: () => signal?.removeEventListener("abort", run) };
}

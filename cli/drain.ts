/**
 * Reads a generator of events to its result.
 *
 * @module
 */

/**
 * The result of a generator; every event on the way is handed to `onEvent`. When that throws, the generator is
 * told to stop, so that no work goes on unseen.
 */
export async function drain<Event, Result>(
  generator: AsyncGenerator<Event, Result, undefined>,
  onEvent: (event: Event) => void,
): Promise<Result> {
  while (true) {
    const next = await generator.next();
    if (next.done === true) return next.value;
    try {
      onEvent(next.value);
    } catch (error) {
      await generator.return(undefined as Result);
      throw error;
    }
  }
}

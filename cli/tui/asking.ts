/**
 * How screens ask for what takes its time.
 *
 * @module
 */

/** Asks each time, and gives on only the answer to the latest question: those before it are old. */
export function latestOnly<Answer>(
  ask: () => Promise<Answer>,
  take: (answer: Answer) => void,
): () => Promise<void> {
  let latest = 0;
  return async () => {
    const question = ++latest;
    const answer = await ask();
    if (question === latest) take(answer);
  };
}

/** Does one thing after the other, and nothing while another is being done: a key pressed twice does not act twice. */
export function oneAtATime(): (work: () => Promise<void>) => Promise<void> {
  let isAtWork = false;
  return async (work) => {
    if (isAtWork) return;
    isAtWork = true;
    try {
      await work();
    } finally {
      isAtWork = false;
    }
  };
}

/**
 * What verifying the library and verifying the cache of the Hub's own tools have in common.
 *
 * @module
 */
import type { VerifiedFile, VerifyEvent } from "../core/operations/model_manager.ts";
import { drain } from "./drain.ts";
import { verifyDocument } from "./output/documents.ts";
import { isWell, VERIFY_COLUMNS } from "./output/verify_view.ts";
import type { Session } from "./session.ts";

/** What was hashed. */
export interface VerifyRun {
  readonly files: readonly VerifiedFile[];
  /** Those among them whose bytes are not what they have to be. */
  readonly bad: readonly VerifiedFile[];
}

/** Hashes to the end, shows how far it is meanwhile, and prints the result. */
export async function runVerification(
  generator: AsyncGenerator<VerifyEvent, readonly VerifiedFile[], undefined>,
  session: Session,
): Promise<VerifyRun> {
  const { output } = session;
  const { showHashing } = await import("./output/hashing_view.ts");
  const files = await (async () => {
    using view = await showHashing(session);
    return await drain(generator, (event) => view.handle(event));
  })();
  const bad = files.filter(({ status }) => !isWell(status) && status !== "unproved");
  await output.result({
    json: () => verifyDocument(files),
    quiet: () => bad.map(({ path }) => path),
    human: () => files.length === 0 ? [] : output.table(VERIFY_COLUMNS, files),
  });
  return { files, bad };
}

/** Says of each file that could not be dealt with why. */
export function sayFileErrors(files: readonly VerifiedFile[], { output }: Session): void {
  for (const { path, error } of files) {
    if (error !== undefined) output.failPart({ ...error, message: `"${path}": ${error.message}` });
  }
}

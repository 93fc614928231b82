/**
 * Requests that mean nothing, found before anything is loaded or done for them.
 *
 * @module
 */
import { ModelManagerError } from "../base/errors.ts";
import type { PullRequest } from "./pull_request.ts";
import { checkRateLimit } from "./rate_limit.ts";
import type { UpdateRequest } from "./update.ts";

/** @throws {ModelManagerError} `USAGE_ERROR` for a request that means nothing. */
export function checkPullRequest(request: PullRequest): void {
  const { connections, limitBytesPerSecond, references } = request;
  const usage = (message: string, hint: string) =>
    new ModelManagerError("USAGE_ERROR", message, { hints: [hint] });
  if (references.length === 0) {
    throw usage("Nothing to pull: wanted a reference", "Name a model: mm pull org/name");
  }
  if (
    connections !== undefined && !(Number.isInteger(connections) && connections >= 1 && connections <= 16)
  ) {
    throw usage(
      `Cannot use ${connections} connections: wanted 1 to 16`,
      "Leave it out for the default: mm pull REF",
    );
  }
  if (limitBytesPerSecond !== undefined && limitBytesPerSecond !== null) checkRateLimit(limitBytesPerSecond);
}

/** @throws {ModelManagerError} `USAGE_ERROR` for a request that means nothing. */
export function checkUpdateRequest(request: UpdateRequest): void {
  const { references = [], force = false, connections, limitBytesPerSecond } = request;
  if (force && references.length === 0) {
    throw new ModelManagerError("USAGE_ERROR", "Cannot update every pinned model: wanted references", {
      hints: ["Name those that are meant: mm update REF --force", "See which are pinned: mm list"],
    });
  }
  checkPullRequest({
    references: ["the library"],
    ...(connections === undefined ? {} : { connections }),
    ...(limitBytesPerSecond === undefined ? {} : { limitBytesPerSecond }),
  });
}

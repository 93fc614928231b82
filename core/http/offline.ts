/**
 * No network, on request.
 *
 * @module
 */
import { ModelManagerError } from "../base/errors.ts";
import type { FetchDecorator } from "./fetch.ts";
import { requestUrl } from "./request_parts.ts";

/** Refuses every request while offline; what is above it, such as a cache, still answers. */
export function withOffline(offline: boolean): FetchDecorator {
  return (next) => (input, init) => {
    if (!offline) return next(input, init);
    const { host } = requestUrl(input);
    return Promise.reject(
      new ModelManagerError("OFFLINE", `Cannot ask "${host}" while offline`, {
        hints: [
          "Repeat the command without --offline, and with HF_HUB_OFFLINE unset",
          "See what is on this machine: mm list",
        ],
      }),
    );
  };
}

/**
 * `mm version`.
 *
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import { VERSION } from "../../core/base/version.ts";
import type { Session } from "../session.ts";

/** Adds what `mm version` does. */
export function configure(command: Command, session: Session): void {
  command.description("Show the version.").action(() =>
    session.output.result({
      json: () => ({ name: "mm", version: VERSION }),
      quiet: () => [VERSION],
      human: () => [`mm ${VERSION}`],
    })
  );
}

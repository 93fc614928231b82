/**
 * `mm help`.
 *
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import type { Session } from "../session.ts";

/** Adds what `mm help` takes and does. */
export function configure(command: Command, session: Session): void {
  command
    .description("Show how a command is used.")
    .argument("[COMMAND...]", "such as pull, or history list")
    .action(async (names) => {
      // A name that does not exist is missing among the commands, not among those of this one.
      session.commandName = "";
      // The same as `mm COMMAND --help`; this command itself is set up already and must not be again.
      const topic = names[0] === "help" ? [] : names;
      await command.parent?.parseAsync([...topic, "--help"], { from: "user" });
    });
}

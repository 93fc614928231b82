/**
 * Every command of the program as the parser knows it, with all modules loaded.
 *
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import { configureCommand, createProgram } from "../../cli/program.ts";
import { Session } from "../../cli/session.ts";
import { FakeTerminal } from "./fake_terminal.ts";

/** One command. */
export interface KnownCommand {
  /** Below `mm`, such as `["queue", "list"]`. */
  readonly names: readonly string[];
  readonly command: Command;
  /** Whether it has commands of its own. */
  readonly isGroup: boolean;
}

/** The program, and all commands in the order of the help, groups before their own. */
export async function commandTree(): Promise<
  { readonly program: Command; readonly commands: KnownCommand[] }
> {
  const refuse = (): never => {
    throw new Error("Nothing is to be opened");
  };
  const session = new Session({
    args: [],
    terminal: new FakeTerminal(),
    environment: {},
    directories: refuse,
    workingDirectory: "/",
    configuration: refuse,
    createApp: refuse,
    signal: new AbortController().signal,
  });
  const program = createProgram(session);
  const commands: KnownCommand[] = [];
  for (const command of program.commands as Command[]) {
    await configureCommand(command, session);
    const inner = command.commands as Command[];
    commands.push({ names: [command.name()], command, isGroup: inner.length > 0 });
    for (const one of inner) {
      commands.push({ names: [command.name(), one.name()], command: one, isGroup: one.commands.length > 0 });
    }
  }
  return { program, commands };
}

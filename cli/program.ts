/**
 * The command line as commander sees it. Each command's module is loaded when the command has been found.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import { VERSION } from "../core/base/version.ts";
import { COMMANDS } from "./command_list.ts";
import { fitText, formatHelp, HELP_WIDTH } from "./help_layout.ts";
import { addGlobalOptions, readGlobalOptions } from "./global_options.ts";
import type { Session } from "./session.ts";

const EXAMPLES = `
Examples:
  mm search "qwen 0.5b"           find models
  mm show org/name                see its quants and what fits
  mm pull org/name:Q4_K_M         download one quant, verified
  mm list                         see what is here
  mm update --check               see what is newer on the Hub

A reference is org/name[@revision][:selector]; the selector is a quant, a file or a glob.

Models are kept in ~/models; another place: mm config set models_dir DIR

More:
  mm <command> --help             how a command is used
  mm help topics                  pages about everything else`;

/** Help goes through the terminal; complaints become errors of ours, so nothing is written for them. */
function configureOutput(program: Command, session: Session): void {
  const { terminal } = session;
  const width = (): number =>
    Math.min(HELP_WIDTH, terminal.stdoutIsTerminal ? terminal.size()?.columns ?? 80 : 80);
  program.configureOutput({
    writeOut: (text) => terminal.writeOut(fitText(text, width())),
    writeErr: () => {},
    getOutHelpWidth: width,
    getOutHasColors: () => false,
  });
  program.exitOverride();
}

/** The command's name below the program's, such as `history list`. */
function nameBelowProgram(command: { name(): string; parent: unknown } | null): string {
  const names: string[] = [];
  for (let current = command; current !== null && current.parent !== null && current.parent !== undefined;) {
    names.unshift(current.name());
    current = current.parent as typeof command;
  }
  return names.join(" ");
}

const UNKNOWN_HELP_TOPIC = "mm.unknownHelpTopic";

/** Whether help was wanted for a command that does not exist; the message is its name. */
export function isUnknownHelpTopic(error: unknown): error is Error {
  return error instanceof Error && "code" in error && error.code === UNKNOWN_HELP_TOPIC;
}

/** Without this, `mm serch --help` would show the help of the program and look as if all were well. */
function refuseUnknownHelpTopic(program: Command): void {
  program.on("beforeHelp", () => {
    const [name] = program.args;
    if (name === undefined || name.startsWith("-")) return;
    program.error(name, { code: UNKNOWN_HELP_TOPIC });
  });
}

/** Adds to a command, which has only its name, what its module knows. */
export async function configureCommand(command: Command, session: Session): Promise<void> {
  const entry = COMMANDS.find(({ name }) => name === command.name());
  const [module, examples] = await Promise.all([entry?.load(), import("./examples.ts")]);
  module?.configure(command, session);
  if (command.commands.length > 0) command.helpCommand("help [command]", "Show how a command is used.");
  for (const each of [command, ...command.commands]) {
    const own = examples.EXAMPLES[nameBelowProgram(each)];
    if (own !== undefined) each.addHelpText("after", examples.exampleText(own));
  }
}

/** The program with all commands, ready to parse. */
export function createProgram(session: Session): Command {
  const program = new Command("mm")
    .usage("[options] <command> [arguments]")
    .description("Find, download, verify and keep AI models from the Hugging Face Hub")
    .version(`mm ${VERSION}`, "-V, --version", "show the version")
    .helpOption("-h, --help", "show this help")
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false, formatHelp })
    .addHelpText("after", EXAMPLES) as Command;
  configureOutput(program, session);
  refuseUnknownHelpTopic(program);
  addGlobalOptions(program);
  for (const entry of COMMANDS) {
    const command = program.command(entry.name, { hidden: entry.hidden ?? false }).summary(entry.summary)
      .helpGroup(entry.group);
    if (entry.alias !== undefined) command.alias(entry.alias);
    command.hook("preSubcommand", (_parent, child) => {
      session.commandName = nameBelowProgram(child);
    });
  }
  program.hook("preSubcommand", async (parent, command) => {
    session.commandName = command.name();
    const { events } = session.globals;
    await session.start(readGlobalOptions({ ...parent.opts(), events }));
    await configureCommand(command as Command, session);
  });
  return program;
}

/**
 * `mm completions`.
 *
 * @module
 */
import { Argument, type Command } from "@commander-js/extra-typings";
import { ModelManagerError } from "../../core/base/errors.ts";
import { type Shell, SHELLS } from "../completion/reply.ts";
import { completionScript, installLines, isProgramName } from "../completion/scripts.ts";
import type { Session } from "../session.ts";

function readName(text: string): string {
  if (isProgramName(text)) return text;
  throw new ModelManagerError(
    "USAGE_ERROR",
    `The option --name is "${text}": wanted the name of a program, of letters, digits, ".", "_" and "-"`,
    { hints: ["Leave it out when the program is called mm: mm completions bash"] },
  );
}

/** Each on a line of its own: one that a narrow terminal breaks could not be copied. */
function separateCommands(line: string): readonly string[] {
  return line.split("; ");
}

async function completions(
  shell: Shell,
  { name = "mm" }: { readonly name?: string | undefined },
  session: Session,
): Promise<void> {
  const { output, terminal } = session;
  const script = completionScript(shell, name);
  await output.result({
    json: () => ({ shell, name, install: installLines(shell, name), script }),
    quiet: () => script.trimEnd().split("\n"),
    human: () => script.trimEnd().split("\n"),
    verbatim: true,
  });
  // On a terminal nothing reads the script: who sees it wants to know what to do with it.
  if (terminal.stdoutIsTerminal && output.mode === "human") {
    const { now, always } = installLines(shell, name);
    output.suggest(`For this session: ${now}`);
    const [first = "", ...others] = separateCommands(always);
    output.suggest(`For every session: ${first}`);
    for (const other of others) output.suggest(`And then: ${other}`);
  }
}

const NOTES = `
Commands, options and what follows them are completed: models of the library, quants of a repository, jobs, schedules,
settings and their values. Nothing is started, changed or waited for: what is damaged, locked or far away is left out.
Only for the quants of a repository of which nothing is known yet is the Hub asked, without a token and for less than a
second; not with --offline or HF_HUB_OFFLINE.

For every session from now on:
${
  SHELLS.flatMap((shell) => [
    `  ${shell}:`,
    ...separateCommands(installLines(shell).always).map((line) => `    ${line}`),
  ]).join("\n")
}

Examples:
  eval "$(mm completions bash)"              for this session, in bash
  source <(mm completions zsh)               for this session, in zsh
  mm completions fish | source               for this session, in fish
  mm completions bash --name models          for a program of another name`;

/** Adds what `mm completions` takes and does. */
export function configure(command: Command, session: Session): void {
  command.description("Print the script that completes commands, options, models and quants in a shell.")
    .addArgument(new Argument("<SHELL>", "the shell").choices(SHELLS))
    .option("--name <NAME>", "what the program is called here, when that is not mm", readName)
    .addHelpText("after", NOTES)
    .action((shell, options) => completions(shell, options, session));
}

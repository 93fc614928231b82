/**
 * `mm doctor`.
 *
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import type { DoctorRequest, PermissionCommand } from "../../core/operations/model_manager.ts";
import { widerGrant } from "../../core/base/missing_right.ts";
import { setUpDoctor } from "../broken_setup.ts";
import { quoteArgument } from "../command_line.ts";
import { EXIT_CODES } from "../exit_code.ts";
import { quietLines, reportLines, summaryLine } from "../output/doctor_view.ts";
import { measureFor } from "../output/text_width.ts";
import type { Session } from "../session.ts";

function terminalFacts({ terminal, output, environment }: Session): NonNullable<DoctorRequest["terminal"]> {
  const locale = ["LC_ALL", "LC_CTYPE", "LANG"].map((name) => environment[name] ?? "")
    .find((value) => value !== "");
  return {
    isTerminal: terminal.stdoutIsTerminal,
    columns: terminal.size()?.columns,
    colour: output.theme.bold("x") !== "x",
    locale,
  };
}

/** What the flags grant besides, and how that can be avoided. */
function widerLines({ wider }: Pick<PermissionCommand, "wider">): string[] {
  if (wider.length === 0) return [];
  const lines = [...Map.groupBy(wider, ({ granted }) => granted)].map(([granted, grants]) =>
    widerGrant(granted, { paths: grants.map(({ path }) => path), all: "every host" })
  );
  return [...lines, "Permissions in a deno.json name such paths exactly: deno run -P takes them from there"];
}

/** `--permissions SET`: nothing is looked at. */
async function permissions(session: Session, set: string): Promise<void> {
  const { output } = session;
  const { manager } = await setUpDoctor(session);
  const command = await manager.permissions(set);
  const line = command.argv.map(quoteArgument).join(" ");
  await output.result({ json: () => command, quiet: () => [line], human: () => [line] });
  output.say("");
  output.say(`Enough for mm ${command.commands.join(", ")}: the command and its options follow`);
  const variables = Object.entries(command.variables).map(([name, value]) =>
    `${name}=${quoteArgument(value)}`
  );
  if (variables.length > 0) {
    output.say(
      `It may write there only, so have models and state there first: export ${variables.join(" ")}`,
    );
  }
  for (const line of widerLines(command)) output.say(line);
  if (command.missingFolders.length > 0) {
    output.say(`Make these folders first: mkdir -p ${command.missingFolders.map(quoteArgument).join(" ")}`);
  }
}

async function doctor(session: Session): Promise<void> {
  const { output, globals, signal } = session;
  const { manager, request } = await setUpDoctor(session);
  const report = await manager.doctor({ ...request, terminal: terminalFacts(session) }, { signal });
  await output.result({
    json: () => report,
    quiet: () => quietLines(report),
    human: async () =>
      reportLines(report, {
        theme: output.theme,
        measure: await measureFor(report.checks.flatMap(({ title, detail }) => [title, detail])),
        width: output.width,
        verbose: globals.verbose > 0,
      }),
  });
  output.say("");
  output.say(summaryLine(report));
  if (!report.ok) session.exitCode = EXIT_CODES.FAILED;
}

const NOTES = `
Looks at the program, its settings, folders and state, the library, the network and the machine. Nothing is changed;
what file systems can do is tried with small files that are deleted again. Of the network, the Hub, its mirrors and
its file host are asked for a few bytes. --offline leaves the network out.

--permissions prints the command line that runs mm under Deno's sandbox with the rights of a set, and no others, in
your folders: pull, ci, serve, daemon or tui. Nothing is looked at then.

Exit code 0: no problem, though maybe warnings. 1: at least one problem.

Examples:
  mm doctor             what is wrong, and what to do
  mm doctor -v          with more about each line
  mm doctor --quiet     only what is not well, a line each
  mm doctor --permissions pull   the exact flags of deno for downloads`;

/** Adds what `mm doctor` does. */
export function configure(command: Command, session: Session): void {
  command.description("Look for what is wrong, and say what to do.").addHelpText("after", NOTES)
    .option(
      "--permissions <SET>",
      "print the command line that grants the rights of a set: pull, ci, serve, daemon, tui",
    )
    .action(async ({ permissions: set }) =>
      set === undefined ? await doctor(session) : await permissions(session, set)
    );
}

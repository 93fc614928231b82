/**
 * The command line as a function: arguments and ports in, exit code out.
 *
 * @module
 */
import { systemClock } from "../core/base/clock.ts";
import { ModelManagerError } from "../core/base/errors.ts";
import { formatCommandLine } from "./command_line.ts";
import { EXIT_CODES, signalExitCode } from "./exit_code.ts";
import { watchStopSignals } from "./interruption.ts";
import { createProgram, isUnknownHelpTopic } from "./program.ts";
import { Session } from "./session.ts";
import { OutputClosedError } from "./terminal.ts";
import { isParserError, missingSubcommand, usageError } from "./usage_error.ts";
import type { RunCliOptions } from "./wiring.ts";
import { errorExitCode, writeFailure } from "./write_failure.ts";

/** Parses and does what the arguments say; throws what goes wrong. */
async function dispatch(session: Session): Promise<void> {
  const program = createProgram(session);
  const parse = (args: readonly string[]): Promise<unknown> =>
    program.parseAsync([...args], { from: "user" });
  try {
    await parse(session.args).catch((error) => {
      // Help for a command that does not exist: parsed without the help option, it is an unknown command.
      if (!isUnknownHelpTopic(error)) throw error;
      return parse([error.message]);
    });
  } catch (error) {
    if (!isParserError(error)) throw error;
    // What was asked for has been written.
    if (error.code === "commander.helpDisplayed" || error.code === "commander.version") return;
    if (error.code === "commander.help" && error.exitCode === 0) return;
    if (error.code !== "commander.help") throw usageError(error, session.commandName);
    if (session.commandName === "") {
      // No command at all: on a terminal the terminal UI is the answer, elsewhere the help.
      if (isForPerson(session)) return void await parse([...session.args, "tui"]);
      if (session.output.mode === "json") return void await parse([...session.args, "help"]);
      return program.outputHelp();
    }
    const parent = program.commands.find((command) => command.name() === session.commandName);
    const [help, wanted] = parent?.args ?? [];
    throw missingSubcommand(
      session.commandName,
      parent?.commands.map((command) => command.name()) ?? [],
      help === "help" ? { wanted } : {},
    );
  }
}

/** Whether somebody sits there who can be shown something, and wants that. */
function isForPerson({ terminal, output }: Session): boolean {
  return terminal.stdinIsTerminal && terminal.stdoutIsTerminal && output.mode === "human";
}

function cancelled(session: Session): ModelManagerError {
  if (session.whenStopped !== undefined) return session.whenStopped;
  const again = formatCommandLine(session.args);
  const pull = ["pull", "update", "queue run"].includes(session.commandName);
  return new ModelManagerError("CANCELLED", "Cancelled", {
    hints: [pull ? `What has been fetched is kept. Resume: ${again}` : `Run it again: ${again}`],
  });
}

/** Who reads events follows work that is under way: without a reader it has been stopped, and that is no success. */
function unread(session: Session): number {
  const error = new ModelManagerError("FAILED", "Stopped: nobody reads the events any more", {
    hints: [`What has been fetched is kept. Resume: ${formatCommandLine(session.args)}`],
  });
  return writeFailure(error, session);
}

/** Runs to the end; the exit code says how it went. */
async function run(session: Session): Promise<number> {
  try {
    try {
      await dispatch(session);
    } finally {
      await session.close();
    }
    return session.exitCode;
  } catch (error) {
    if (error instanceof OutputClosedError) return session.output.mode === "events" ? unread(session) : 0;
    const shown = session.signal.aborted ? cancelled(session) : error;
    session.output.fail(shown);
    return errorExitCode(shown);
  }
}

/** Says what is to be said when the work would not stop in time. */
function abandon(session: Session): void {
  session.output.fail(cancelled(session));
}

/**
 * Runs the command line. Never throws, and never waits for more than a second after a stop signal.
 *
 * @returns the exit code, by the table of `design.md`.
 */
export async function runCli(options: RunCliOptions): Promise<number> {
  const { terminal } = options;
  const clock = options.clock ?? systemClock;
  using interruption = watchStopSignals({
    terminal,
    clock,
    limitMs: () => session.stopLimitMs,
    hangupStops: () => session.hangupStops,
  });
  const session = new Session({ ...options, clock, signal: interruption.signal });
  const forced = interruption.forced.then(() => {
    abandon(session);
    return EXIT_CODES.CANCELLED;
  });
  const code = await Promise.race([run(session), forced]);
  return interruption.received === undefined || code === 0 ? code : signalExitCode(interruption.received);
}

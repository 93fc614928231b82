/**
 * `mm logs`.
 *
 * @module
 */
import { type Command, Option } from "@commander-js/extra-typings";
import { ModelManagerError } from "../../core/base/errors.ts";
import { placesOf } from "../daemon_room.ts";
import { formatLogLine, isAtLeast, LOG_LEVELS, type LogLevelName } from "../output/log_view.ts";
import type { Session } from "../session.ts";

const TAIL = 50;

interface LogOptions {
  readonly tail: number;
  readonly follow?: true | undefined;
  readonly level?: LogLevelName | undefined;
}

async function logs({ tail, follow = false, level = "trace" }: { tail: number } & {
  readonly follow?: boolean | undefined;
  readonly level?: LogOptions["level"];
}, session: Session): Promise<void> {
  const { output, clock, signal, terminal } = session;
  const { room, places: { logPath } } = await placesOf(session);
  const accept = (line: string): boolean => {
    const parsed = room.parseLogLine(line);
    return parsed !== undefined && isAtLeast(parsed, level);
  };
  const lines = room.tailLines(logPath, { lines: tail, accept, follow, clock, signal });
  if (output.mode === "json" && !follow) {
    const records: unknown[] = [];
    for await (const line of lines) records.push(JSON.parse(line));
    return await output.result({ json: () => ({ records }), quiet: () => [], human: () => [] });
  }
  // What has no end cannot be one document.
  const isForProgram = output.mode === "json" || output.mode === "events";
  let count = 0;
  for await (const line of lines) {
    count++;
    const parsed = room.parseLogLine(line);
    if (isForProgram) terminal.writeOut(`${line}\n`);
    else if (parsed !== undefined) terminal.writeOut(`${formatLogLine(parsed, output.theme)}\n`);
  }
  if (count > 0 || tail === 0 || signal.aborted) return;
  output.say(level === "trace" ? "There is no log yet" : `Nothing in the log is as severe as ${level}`);
  output.suggest(level === "trace" ? "It begins when the daemon does: mm start" : "See all of it: mm logs");
}

function readTail(text: string): number {
  if (text === "all") return Infinity;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new ModelManagerError("USAGE_ERROR", `"${text}" is no number of lines: wanted 0 or more, or all`, {
    hints: ["See the last hundred: mm logs --tail 100"],
  });
}

const NOTES = `
What is logged depends on the setting log.level, which the daemon follows at once:
mm config set log.level debug. With --json it is one document, with --follow a
line for each record. No secret is written into it.`;

/** Adds what `mm logs` does. */
export function configure(command: Command, session: Session): void {
  command.description("Show what the daemon says.")
    .option("-n, --tail <N>", "how many of the last lines, or all", readTail, TAIL)
    .option("-f, --follow", "stay, and show what comes, until Ctrl+C")
    .addOption(new Option("--level <LEVEL>", "only what is at least so severe").choices(LOG_LEVELS))
    .addHelpText("after", NOTES)
    .action((options) => logs(options, session));
}

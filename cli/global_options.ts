/**
 * The options that every command takes, before and after its name.
 *
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import type { OutputMode } from "./output/output.ts";

/** The global options as typed. */
export interface GlobalOptions {
  readonly config?: string | undefined;
  readonly modelsDir?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly token?: string | undefined;
  readonly offline: boolean;
  readonly json: boolean;
  /** An option of single commands, but it decides how every error is shown. */
  readonly events: boolean;
  readonly quiet: boolean;
  /** How often `-v` was given. */
  readonly verbose: number;
  readonly color: boolean;
  readonly progress: boolean;
  readonly yes: boolean;
}

/** Adds the global options to the program. */
export function addGlobalOptions(program: Command): void {
  program
    .option("--config <FILE>", "configuration file to use instead of the user's own")
    .option("--models-dir <DIR>", "where models are kept")
    .option("--endpoint <URL>", "the Hub's address")
    .option("--token <TOKEN>", "access token, instead of the stored one")
    .option("--offline", "use no network")
    .option("--json", "one JSON document on standard output")
    .option("-q, --quiet", "only the resulting paths or names, one a line")
    .option(
      "-v, --verbose",
      "say what is done on the way; twice for more",
      (_value, count: number) => count + 1,
      0,
    )
    .option("--no-color", "no color")
    .option("--no-progress", "no progress bars")
    .option("-y, --yes", "answer every question with yes");
}

/** What commander has read. */
export function readGlobalOptions(values: Readonly<Record<string, unknown>>): GlobalOptions {
  const text = (name: string): string | undefined => {
    const value = values[name];
    return typeof value === "string" ? value : undefined;
  };
  return {
    config: text("config"),
    modelsDir: text("modelsDir"),
    endpoint: text("endpoint"),
    token: text("token"),
    offline: values["offline"] === true,
    json: values["json"] === true,
    events: values["events"] === true,
    quiet: values["quiet"] === true,
    verbose: typeof values["verbose"] === "number" ? values["verbose"] : 0,
    color: values["color"] !== false,
    progress: values["progress"] !== false,
    yes: values["yes"] === true,
  };
}

/**
 * The options that decide how a usage error is shown, looked for before the command line is understood.
 */
export function peekGlobalOptions(args: readonly string[]): GlobalOptions {
  const end = args.indexOf("--");
  const before = end < 0 ? args : args.slice(0, end);
  const short = (letter: string): boolean =>
    before.some((arg) => /^-[a-z]+$/i.test(arg) && arg.includes(letter));
  return readGlobalOptions({
    json: before.includes("--json"),
    events: before.includes("--events"),
    quiet: before.includes("--quiet") || short("q"),
    color: !before.includes("--no-color"),
  });
}

/**
 * Who reads what is written. Events win over JSON, and JSON over quiet: who asks for more than one wants a program to
 * read it.
 */
export function outputMode({ events, json, quiet }: GlobalOptions): OutputMode {
  return events ? "events" : json ? "json" : quiet ? "quiet" : "human";
}

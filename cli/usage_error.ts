/**
 * What the command line parser complains about, in our own words.
 *
 * @module
 */
import { ModelManagerError } from "../core/base/errors.ts";
import { suggest } from "../core/base/near_names.ts";

/** The fields of commander's error that matter. */
interface ParserError extends Error {
  readonly code: string;
  /** Of the parser, not ours: 0 when it did what was asked for. */
  readonly exitCode: number;
}

/** Whether a value is an error of the command line parser. */
export function isParserError(value: unknown): value is ParserError {
  return value instanceof Error && "code" in value && typeof value.code === "string" &&
    value.code.startsWith("commander.");
}

/** What other tools call our commands. */
const SYNONYMS: Readonly<Record<string, string>> = {
  add: "queue add",
  auth: "login",
  check: "verify",
  clean: "cleanup",
  daemon: "start",
  delete: "remove",
  export: "link",
  fetch: "pull",
  find: "search",
  gc: "cleanup",
  get: "pull",
  info: "show",
  inspect: "show",
  install: "pull",
  log: "logs",
  prune: "cleanup",
  ps: "status",
  server: "serve",
  settings: "config",
  uninstall: "remove",
  upgrade: "update",
};

/** The long form of an option as the parser names it: `-s, --sort <BY>`. */
function flagOf(option: string): string {
  return /--[\w-]+/.exec(option)?.[0] ?? option;
}

/** Each complaint of the parser: a pattern for its text, and what we say. */
const TRANSLATIONS: readonly (readonly [RegExp, (...parts: string[]) => string])[] = [
  [/^unknown option '([^']*)'/, (option) => `There is no option "${option}"`],
  [/^unknown command '([^']*)'/, (command) => `There is no command "${command}"`],
  [/^missing required argument '([^']*)'/, (name) => `The argument ${name} is missing`],
  [/^required option '([^' ]*)[^']*' not specified/, (option) => `The option ${option} is missing`],
  [/^option '([^']*)' argument missing/, (option) => `The option ${flagOf(option)} wants a value`],
  [
    /^option '([^']*)' argument '(.*)' is invalid\. Allowed choices are (.*)\.$/s,
    (option, value, choices) => `The option ${flagOf(option)} is "${value}": wanted one of ${choices}`,
  ],
  [
    /^command-argument value '(.*)' is invalid for argument '([^']*)'\. Allowed choices are (.*)\.$/s,
    (value, name, choices) => `The argument ${name} is "${value}": wanted one of ${choices}`,
  ],
  [
    /^too many arguments(?: for '([^']*)')?\. Expected (\d+) arguments? but got (\d+)/,
    (name, wanted, got) => `Too many arguments for "mm ${name}": wanted ${wanted}, got ${got}`,
  ],
];

/** What was meant by a value that is none of the choices. */
function choiceHints(message: string): string[] {
  const [, option, value = "", choices = ""] =
    /^(?:option '[^']*?(--[\w-]+)?[^'-]*' argument|command-argument value) '(.*)' is invalid[^]*Allowed choices are (.*)\.$/s
      .exec(message) ?? [];
  const meant = choices === "" ? undefined : suggest(value, choices.split(", "));
  if (meant === undefined) return [];
  return [`Did you mean ${option === undefined ? `"${meant}"` : `${option} ${meant}`}?`];
}

function translate(message: string): string {
  for (const [pattern, say] of TRANSLATIONS) {
    const match = pattern.exec(message);
    if (match !== null) return say(...match.slice(1).map((part) => part ?? ""));
  }
  return message.charAt(0).toUpperCase() + message.slice(1).replace(/\.$/, "");
}

/**
 * The parser's error as one of ours.
 *
 * @param commandName The command that was found before, such as `history list`.
 */
export function usageError(error: ParserError, commandName: string): ModelManagerError {
  const [text = "", suggestion = ""] = error.message.replace(/^error: /, "").split("\n");
  const unknownCommand = error.code === "commander.unknownCommand";
  const synonym = unknownCommand && commandName === ""
    ? SYNONYMS[/'([^']*)'/.exec(text)?.[1] ?? ""]
    : undefined;
  const meant = synonym ?? /^\(Did you mean (?:one of )?(.*)\?\)$/.exec(suggestion)?.[1];
  const hints: string[] = [];
  if (meant !== undefined) {
    const names = unknownCommand ? meant.split(", ").map((name) => joinName(commandName, name)) : [meant];
    hints.push(`Did you mean ${names.join(" or ")}?`);
  }
  hints.push(...choiceHints(text));
  hints.push(
    commandName === "" ? "See the commands: mm --help" : `See how it is used: mm ${commandName} --help`,
  );
  return new ModelManagerError("USAGE_ERROR", translate(text), { hints });
}

function joinName(commandName: string, name: string): string {
  return `mm ${commandName === "" ? "" : `${commandName} `}${name}`;
}

/**
 * The error for a command that wants one of its own commands and got none.
 *
 * @param options.wanted The one that help was asked for, and that does not exist.
 */
export function missingSubcommand(
  commandName: string,
  names: readonly string[],
  { wanted }: { readonly wanted?: string | undefined } = {},
): ModelManagerError {
  const usage = `See how it is used: mm ${commandName} --help`;
  if (wanted === undefined) {
    const message = `"mm ${commandName}" wants a command: ${names.join(", ")}`;
    return new ModelManagerError("USAGE_ERROR", message, { hints: [usage] });
  }
  const meant = suggest(wanted, names);
  return new ModelManagerError("USAGE_ERROR", `There is no command "${wanted}"`, {
    hints: [...(meant === undefined ? [] : [`Did you mean mm ${commandName} help ${meant}?`]), usage],
  });
}

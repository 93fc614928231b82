/**
 * A command line as a person would type it again.
 *
 * @module
 */

/** A path of Windows: its shells know no single quotes, or none but those. */
const WINDOWS_PATH = /^(?:[a-z]:|\\\\[\w.-]+)\\[\w .()~\\-]*$/i;

/** The argument with quotes when a shell would read it otherwise. */
export function quoteArgument(argument: string): string {
  if (/^[\w@%+=:,./-]+$/.test(argument)) return argument;
  if (WINDOWS_PATH.test(argument)) return `"${argument}"`;
  return `'${argument.replaceAll("'", String.raw`'\''`)}'`;
}

/** The arguments without the access token among them. */
export function withoutToken(args: readonly string[]): string[] {
  const shown: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const argument = args[index] ?? "";
    if (argument === "--token") index++;
    else if (!argument.startsWith("--token=")) shown.push(argument);
  }
  return shown;
}

/** `mm` and the arguments, without the access token among them. */
export function formatCommandLine(args: readonly string[]): string {
  return ["mm", ...withoutToken(args).map(quoteArgument)].join(" ");
}

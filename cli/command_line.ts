/**
 * A command line as a person would type it again.
 *
 * @module
 */

/** The argument with quotes when a shell would read it otherwise. */
export function quoteArgument(argument: string): string {
  if (/^[\w@%+=:,./-]+$/.test(argument)) return argument;
  return `'${argument.replaceAll("'", String.raw`'\''`)}'`;
}

/** `mm` and the arguments, without the access token among them. */
export function formatCommandLine(args: readonly string[]): string {
  const shown: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const argument = args[index] ?? "";
    if (argument === "--token") index++;
    else if (!argument.startsWith("--token=")) shown.push(quoteArgument(argument));
  }
  return ["mm", ...shown].join(" ");
}

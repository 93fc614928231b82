/**
 * A person's own editor on a file.
 *
 * @module
 */

/** How an editor is called: a shell reads its name, because people put options into it, as in `code --wait`. */
function shellCommand(editor: string, path: string): { readonly program: string; readonly args: string[] } {
  if (Deno.build.os === "windows") return { program: "cmd", args: ["/d", "/s", "/c", `${editor} "${path}"`] };
  // Where a program reads our standard output, the editor must not write there.
  const talk = Deno.stdout.isTerminal() ? "" : " >&2";
  return { program: "sh", args: ["-c", `${editor} "$@"${talk}`, editor, path] };
}

/**
 * Runs an editor on the terminal of this process until it ends.
 *
 * @param editor The command, as `$EDITOR` holds it.
 * @returns its exit code; 127 when there is no such program, 126 when this process may not start it.
 */
export async function runEditor(editor: string, path: string): Promise<number> {
  const { program, args } = shellCommand(editor, path);
  if (Deno.permissions.querySync({ name: "run", command: program }).state !== "granted") return 126;
  const command = new Deno.Command(program, {
    args,
    ...(Deno.build.os === "windows" ? { windowsRawArguments: true } : {}),
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  });
  try {
    return (await command.spawn().status).code;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 127;
    throw error;
  }
}

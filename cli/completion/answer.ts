/**
 * `mm complete SHELL …`: what the completion scripts ask. It is no command for people, and answers before anything else of
 * the program is loaded.
 *
 * @module
 */
import { completeWords } from "./complete.ts";
import type { OpenFacts } from "./facts.ts";
import { bashReply, powerShellReply, type Shell, SHELLS, tabbedReply } from "./reply.ts";
import { argumentsOf, readShellLine } from "./shell_line.ts";

/** The first argument of the requests. */
export const COMPLETE_COMMAND = "complete";

/** How bash says that it lists candidates, in `COMP_TYPE`: the code of `?`. */
const LISTING = "63";
const DEFAULT_COLUMNS = 80;

/** `COMP_TYPE COLUMNS WORD LINE` */
async function answerBash(args: readonly string[], open: OpenFacts): Promise<string> {
  const [type = "", columns = "", word = "", text = ""] = args;
  const line = readShellLine(text, "bash");
  const completion = await completeWords(argumentsOf(line.words), open);
  return bashReply(completion, {
    word,
    line,
    isListing: type === LISTING,
    columns: Number.parseInt(columns, 10) || DEFAULT_COLUMNS,
  });
}

/** The line in base 64: no quotation mark and no sign of it means anything to anybody on the way. */
function decodeLine(encoded: string): string {
  return new TextDecoder().decode(Uint8Array.fromBase64(encoded));
}

async function answerFor(shell: Shell, args: readonly string[], open: OpenFacts): Promise<string> {
  if (shell === "bash") return await answerBash(args, open);
  // zsh has taken the words apart itself.
  if (shell === "zsh") return tabbedReply(await completeWords(args.length === 0 ? [""] : args, open));
  const text = shell === "fish" ? args[0] ?? "" : decodeLine(args[0] ?? "");
  const { words } = readShellLine(text, shell);
  const completion = await completeWords(argumentsOf(words), open);
  return shell === "fish" ? tabbedReply(completion) : powerShellReply(completion);
}

/**
 * Answers a request of a completion script.
 *
 * @param args Those behind `complete`.
 * @returns what to write; `undefined` when it is no such request. Whatever goes wrong, the answer is that there is
 * nothing: nobody who presses Tab wants to read of it.
 */
export async function answerCompletion(
  args: readonly string[],
  open: OpenFacts,
): Promise<string | undefined> {
  const shell = SHELLS.find((each) => each === args[0]);
  if (shell === undefined) return undefined;
  try {
    return await answerFor(shell, args.slice(1), open);
  } catch {
    return "none\n";
  }
}

/**
 * `mm login`.
 *
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import { ModelManagerError } from "../../core/base/errors.ts";
import { accountLine } from "../output/account.ts";
import type { Session } from "../session.ts";

/** From `--token`, from a pipe, or typed unseen. */
async function readToken(session: Session): Promise<string> {
  const { terminal, signal, globals } = session;
  if (globals.token !== undefined) return globals.token.trim();
  if (!terminal.stdinIsTerminal) return (await terminal.readLine({ signal }) ?? "").trim();
  const { settings } = await session.settings();
  session.output.say(`Make a token with the role "read": ${settings.endpoint}/settings/tokens`);
  return (await terminal.readSecret({ prompt: "Token (not shown): ", signal }) ?? "").trim();
}

async function login(session: Session): Promise<void> {
  const token = await readToken(session);
  if (token === "") {
    throw new ModelManagerError("USAGE_ERROR", "There is no token to log in with", {
      hints: ["Give it on standard input: mm login < token.txt", "Or type it in a terminal: mm login"],
    });
  }
  if (/\s|[^\x21-\x7e]/.test(token)) {
    throw new ModelManagerError("USAGE_ERROR", "The token holds characters that no token has", {
      hints: ["Copy it again, then: mm login"],
    });
  }
  const manager = await session.app();
  const account = await manager.login(token, { signal: session.signal });
  await session.output.result({ json: () => account, quiet: () => [account.name], human: () => [] });
  session.output.say(`Logged in as ${accountLine(account)}`);
}

/** Adds what `mm login` takes and does. */
export function configure(command: Command, session: Session): void {
  command
    .description("Check an access token with the Hub and store it where the Hub's own tools look for it.")
    .addHelpText(
      "after",
      "\nThe token is read from --token, from standard input when that is no terminal, or typed unseen.\n\n" +
        "Examples:\n" +
        "  mm login                    asks for the token\n" +
        "  mm login < token.txt        takes it from a file",
    )
    .action(() => login(session));
}

/**
 * `mm logout`.
 *
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import type { Session } from "../session.ts";

const TOKEN_VARIABLES = ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"];

async function logout(session: Session): Promise<void> {
  const manager = await session.app();
  const removed = await manager.logout();
  const { output } = session;
  await output.result({ json: () => ({ removed }), quiet: () => [], human: () => [] });
  output.say(removed ? "The stored token was deleted" : "No token was stored");
  const variable = TOKEN_VARIABLES.find((name) => (session.environment[name] ?? "") !== "");
  if (variable !== undefined) output.warn(`${variable} is set: that token is still used`);
}

/** Adds what `mm logout` does. */
export function configure(command: Command, session: Session): void {
  command.description("Delete the stored access token.").action(() => logout(session));
}

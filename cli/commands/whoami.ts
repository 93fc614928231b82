/**
 * `mm whoami`.
 *
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import { accountLine } from "../output/account.ts";
import { printable } from "../output/text_width.ts";
import type { Session } from "../session.ts";

async function whoAmI(session: Session): Promise<void> {
  const manager = await session.app();
  const account = await manager.whoAmI({ signal: session.signal });
  await session.output.result({
    json: () => account,
    quiet: () => [account.name],
    human: () => [
      accountLine(account),
      ...(account.organizations.length === 0
        ? []
        : [`Organizations: ${printable(account.organizations.join(", "))}`]),
    ],
  });
}

/** Adds what `mm whoami` does. */
export function configure(command: Command, session: Session): void {
  command.description("Show whose token is used.").action(() => whoAmI(session));
}

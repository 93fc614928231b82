/**
 * `mm lock`.
 *
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import { LOCKED_COLUMNS } from "../output/manifest_view.ts";
import { plural } from "../output/humanize.ts";
import type { Session } from "../session.ts";
import { MANIFEST_OPTION, manifestChoice, nextCommand } from "./models.ts";

async function lock(options: { readonly manifest?: string | undefined }, session: Session): Promise<void> {
  const { output, signal } = session;
  const report = await (await session.app()).lock(manifestChoice(options), { signal });
  const { models, lock, changed } = report;
  await output.result({
    json: () => report,
    quiet: () => [lock],
    human: () => models.length === 0 ? [] : output.table(LOCKED_COLUMNS, models),
  });
  output.say(
    changed
      ? `Wrote "${lock}": ${plural(models.length, "model")}`
      : `"${lock}" is up to date: it stays as it is`,
  );
  const pinned = models.filter((model) => model.pinnedOtherwise === true).map(({ name }) => name);
  if (pinned.length > 0) {
    output.warn(
      `Pinned here with other bytes than those that are locked now: ${pinned.join(", ")}; ` +
        "mm sync --frozen replaces them",
    );
  }
  if (changed) {
    output.suggest(`Fetch exactly this, here or elsewhere: ${nextCommand("mm sync --frozen", options)}`);
  }
}

const NOTES = `
The lock lies beside the manifest: models.lock.json. The same models at the same commits always give the same bytes, so
it can be kept under version control; mm sync --frozen fetches exactly what it says. That goes for pinned models, too:
the lock has what the Hub has now, and says when that is something else than what is pinned here.`;

/** Adds what `mm lock` takes and does. */
export function configure(command: Command, session: Session): void {
  command
    .description("Write down the commit and the SHA-256 of every file that the manifest asks for.")
    .option(...MANIFEST_OPTION)
    .addHelpText("after", NOTES)
    .action((options) => lock(options, session));
}

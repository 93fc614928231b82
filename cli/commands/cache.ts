/**
 * `mm cache`.
 *
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import { formatByteSize } from "../../core/base/byte_size.ts";
import type { Session } from "../session.ts";

function replies(count: number): string {
  return `${count} ${count === 1 ? "reply" : "replies"}`;
}

async function info(session: Session): Promise<void> {
  const { output } = session;
  const { settings: { cache: { duration } } } = await session.settings();
  const { entries, sizeBytes } = await (await session.app()).cache.info();
  await output.result({
    json: () => ({ entries, sizeBytes, durationSeconds: duration }),
    quiet: () => [String(entries)],
    human: () => [
      `${replies(entries)} of the Hub, ${formatByteSize(sizeBytes)}`,
      `Taken without asking for ${duration} s, then asked for again when they have changed`,
    ],
  });
  output.suggest("Change how long: mm config set cache.duration 60");
  if (entries > 0) output.suggest("Forget them: mm cache clear");
}

async function clear(session: Session): Promise<void> {
  const { output } = session;
  const { entries, bytesFreed } = await (await session.app()).cache.clear();
  await output.result({
    json: () => ({ entries, bytesFreed }),
    quiet: () => [],
    human: () => [],
  });
  output.say(
    entries === 0
      ? "Nothing was kept"
      : `Forgot ${replies(entries)} of the Hub, ${formatByteSize(bytesFreed)}`,
  );
}

const NOTES = `
Replies of the Hub are kept for 30 days, compressed, and taken without asking for a short while, so that browsing
asks less often. They hold no files: those are in the library.`;

/** Adds what `mm cache` takes and does. */
export function configure(command: Command, session: Session): void {
  command.description("The Hub's replies that are kept for a while.").addHelpText("after", NOTES);
  command.command("info").description("Show how much is kept.").action(() => info(session));
  command.command("clear").description("Forget everything that is kept; it can be had again.")
    .action(() => clear(session));
}

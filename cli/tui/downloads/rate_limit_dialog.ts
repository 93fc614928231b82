/**
 * The question how fast this process may download.
 *
 * @module
 */
import { formatByteSize } from "../../../core/base/byte_size.ts";
import type { TuiContext } from "../context.ts";

/** What `mm config set download.limit_rate` takes is taken here. */
const SETTING = "download.limit_rate";

function shown(limit: number | string | undefined): string {
  if (limit === undefined) return "off";
  return typeof limit === "string" ? limit : formatByteSize(limit).replace(" ", "");
}

/** Asks for the limit, and sets it. */
export async function askForRateLimit({ shell, downloads, session }: TuiContext): Promise<void> {
  const { worker, rateLimit } = downloads.get();
  if (worker.kind === "other") {
    const who = worker.isDaemon ? "The daemon" : `Process ${worker.pid}`;
    return shell.say(`${who} downloads, and keeps to the settings`, [
      "Limit it, also while it downloads: mm config set download.limit_rate 20M",
    ]);
  }
  const { readSetting } = await session.configuration();
  const { home } = await session.directories();
  const read = (text: string) =>
    readSetting(SETTING, text, { home, baseDirectory: session.workingDirectory });
  const answer = await shell.ask({
    title: "Limit the rate",
    lines: [
      "Bytes a second such as 20M, a timetable such as 08:00,2M 23:00,off, or off for no limit.",
      `It holds here until you leave. For good: mm config set ${SETTING} 20M`,
    ],
    initial: shown(rateLimit),
    check: (text) => {
      const result = read(text);
      return "problem" in result ? `It ${result.problem}` : undefined;
    },
  });
  if (answer === undefined) return;
  const result = read(answer);
  if ("problem" in result) return;
  const { value } = result;
  await downloads.limitRate(typeof value === "number" || typeof value === "string" ? value : undefined);
}

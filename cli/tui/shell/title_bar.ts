/**
 * The first and the last line of every screen: pure.
 *
 * @module
 */
import { formatByteRate } from "../../../core/base/byte_size.ts";
import { formatPercent, plural } from "../../output/humanize.ts";
import { windowSpeed } from "../../../core/base/speed_window.ts";
import { fit, pad } from "../../output/text_width.ts";
import type { DownloadsState } from "../downloads/downloads_state.ts";
import { showKey } from "../key_name.ts";
import type { KeyBinding } from "../key_map.ts";
import type { Frame } from "../screen.ts";

type LineFrame = Pick<Frame, "columns" | "theme" | "measure" | "unicode">;

/** What is being downloaded, in a few words; empty when nothing is. */
export function downloadsSummary(downloads: DownloadsState, monotonicMs: number): string {
  const running = downloads.jobs.filter(({ status }) => status === "downloading");
  const waiting = downloads.jobs.filter(({ status }) => status === "pending").length;
  const activities = downloads.activities.filter(({ ended }) => ended === undefined).length;
  const count = running.length + activities;
  if (count === 0) return waiting === 0 ? "" : `${plural(waiting, "download")} waiting`;
  let received = 0, total = 0, speed = 0;
  for (const job of running) {
    const progress = downloads.progress.get(job.id)?.progress;
    received += progress?.receivedBytes ?? job.bytesReceived;
    total += progress?.totalBytes ?? job.bytesTotal;
    speed += progress === undefined ? 0 : windowSpeed(progress.window, monotonicMs) ?? 0;
  }
  const parts = [plural(count, "download")];
  if (total > 0) parts.push(formatPercent(received, total));
  if (speed > 0) parts.push(formatByteRate(speed));
  return parts.join(" ");
}

/** The title bar: the screen on the left, what runs on the right. */
export function titleBar(
  { title, status }: { readonly title: string; readonly status: string },
  { columns, theme, measure }: LineFrame,
): string {
  const name = columns >= 60 ? ` Model Manager  ${title}` : ` mm ${title}`;
  const right = status === "" ? "" : `${status} `;
  const left = fit(name, Math.max(0, columns - measure(right) - 1), { measure });
  const text = pad(left, columns - measure(right), { measure }) + right;
  return theme.title(fit(text, columns, { measure }));
}

/** The keys that can be used, as many as there is room for; the last two always. */
export function footer(
  bindings: readonly Pick<KeyBinding<never>, "keys" | "label">[],
  { columns, theme, measure, unicode }: LineFrame,
): string {
  const signs: Readonly<Record<string, string>> = { up: "Up", down: "Down", left: "Left", right: "Right" };
  const texts = bindings.map(({ keys: [key = ""], label }) => ({
    key: unicode ? showKey(key) : signs[key] ?? showKey(key),
    label,
  }));
  const widthOf = ({ key, label }: { key: string; label: string }): number =>
    measure(key) + 1 + measure(label) + 2;
  const kept = [...texts];
  const always = 2;
  while (kept.length > always && kept.reduce((sum, text) => sum + widthOf(text), 0) > columns) {
    kept.splice(kept.length - always - 1, 1);
  }
  const line = kept.map(({ key, label }) => `${theme.key(key)} ${theme.dim(label)}`).join("  ");
  return measure(line) <= columns ? line : kept.map(({ key }) => theme.key(key)).join(" ");
}

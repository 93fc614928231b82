import { deepStrictEqual, strictEqual } from "node:assert/strict";
import {
  formatLogLine,
  isAtLeast,
  localTime,
  LOG_LEVELS,
  messageText,
} from "../../../cli/output/log_view.ts";
import { PLAIN_THEME } from "../../../cli/output/theme.ts";

Deno.test("isAtLeast() compares levels by how people and the file name them", () => {
  const passed = (level: "warning" | "fatal" | "trace") =>
    LOG_LEVELS.filter((name) => isAtLeast({ level }, name));
  deepStrictEqual(passed("trace"), ["trace"]);
  deepStrictEqual(passed("warning"), ["trace", "debug", "info", "warning"]);
  deepStrictEqual(passed("fatal"), [...LOG_LEVELS]);
});

Deno.test("messageText() is one line that no terminal obeys", () => {
  strictEqual(messageText("one\ntwo\u001b[2J"), "one | two?[2J");
});

Deno.test("localTime() is that of this machine; what is no time stays", () => {
  strictEqual(localTime(new Date(2026, 4, 4, 1, 2, 3).toISOString()), "2026-05-04 01:02:03");
  strictEqual(localTime("never"), "never");
});

Deno.test("formatLogLine() has time, level, part and message", () => {
  const time = new Date(2026, 4, 4, 1, 2, 3).toISOString();
  strictEqual(
    formatLogLine({ time, level: "info", area: "queue", message: "Job 1 is done" }, PLAIN_THEME),
    "2026-05-04 01:02:03 info     queue     Job 1 is done",
  );
});

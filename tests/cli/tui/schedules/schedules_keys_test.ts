import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { findBinding, footerBindings } from "../../../../cli/tui/key_map.ts";
import { SCHEDULES_KEYS } from "../../../../cli/tui/schedules/schedules_keys.ts";
import { SHELL_KEYS } from "../../../../cli/tui/shell/shell_keys.ts";
import type { SchedulesState } from "../../../../cli/tui/schedules/schedules_state.ts";
import { after, listed } from "./schedules_fixtures.ts";

function commandOf(key: string, state: SchedulesState): string | undefined {
  return findBinding(SCHEDULES_KEYS, key, { state, isTyping: false })?.command;
}

Deno.test("the keys of the schedules act on the one under the cursor", () => {
  const on = listed();
  const off = listed({ type: "chosen", name: "weekend" });
  deepStrictEqual(["n", "e", "a", "d", "delete", "enter", "r"].map((key) => commandOf(key, on)), [
    "create",
    "disable",
    "activate",
    "remove",
    "remove",
    "open",
    "refresh",
  ]);
  strictEqual(commandOf("e", off), "enable");
});

Deno.test("the keys of the schedules offer a new one where there are none", () => {
  const none = after({ type: "listed", schedules: [] });
  deepStrictEqual(["n", "e", "a", "d", "enter"].map((key) => commandOf(key, none)), [
    "create",
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

Deno.test("S starts the daemon that does not run, stops the one that does, and waits meanwhile", () => {
  strictEqual(commandOf("s", listed()), "startDaemon");
  strictEqual(commandOf("s", listed({ type: "daemon", daemon: { kind: "running", pid: 7 } })), "stopDaemon");
  strictEqual(commandOf("s", listed({ type: "daemon", daemon: { kind: "silent", pid: 7 } })), "stopDaemon");
  strictEqual(commandOf("s", listed({ type: "daemonWork", work: "starting" })), undefined);
  strictEqual(commandOf("s", listed({ type: "daemon", daemon: { kind: "unknown" } })), undefined);
});

Deno.test("Escape closes what is open, and is the shell's else", () => {
  strictEqual(commandOf("escape", listed()), undefined);
  strictEqual(commandOf("escape", listed({ type: "opened", isOpen: true })), "close");
});

Deno.test("the keys of the schedules leave those of the shell alone, and say their command lines", () => {
  const taken = new Set(SHELL_KEYS.flatMap(({ keys }) => keys).filter((key) => key !== "escape"));
  for (const { keys, command, twin } of SCHEDULES_KEYS) {
    deepStrictEqual(keys.filter((key) => taken.has(key)), [], command);
    const moves = ["up", "down", "pageup", "pagedown", "home", "end", "close"].includes(command);
    strictEqual(twin !== undefined, !moves, command);
  }
});

Deno.test("the footer of the schedules names what can be done", () => {
  const labels = footerBindings(SCHEDULES_KEYS, { state: listed(), isTyping: false }).map(({ label }) =>
    label
  );
  deepStrictEqual(labels, ["new", "switch off", "only this", "delete", "start daemon", "details"]);
});

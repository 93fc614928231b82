import { ok, strictEqual } from "node:assert/strict";
import { kill, pid } from "node:process";
import { thisOwner } from "../../../core/platform/lock_owner.ts";
import { onHangup, signalOwner } from "../../../core/platform/process_signals.ts";
import { processMemory } from "../../../core/platform/process_memory.ts";

Deno.test("signalOwner() reaches the process that a lock names, and no later one of its number", async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "setInterval(() => {}, 1000)"],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const mine = thisOwner(Date.now());
  const { processStart: _, ...unknown } = mine;
  // It has the number of the child, but began when this process did.
  if (Deno.build.os === "linux") strictEqual(signalOwner({ ...mine, pid: child.pid }, "SIGKILL"), false);
  strictEqual(signalOwner({ ...mine, pid: child.pid, host: "elsewhere" }, "SIGKILL"), false);
  strictEqual(signalOwner({ ...unknown, pid: child.pid, bootId: "before" }, "SIGKILL"), false);
  kill(child.pid, "SIGKILL");
  await child.status;
});

Deno.test({
  name: "onHangup() hears each SIGHUP until it is disposed",
  ignore: Deno.build.os === "windows",
  async fn() {
    const heard = Promise.withResolvers<void>();
    using _outer = onHangup(() => {});
    using _subscription = onHangup(() => heard.resolve());
    kill(pid, "SIGHUP");
    // To listen for signals keeps nobody alive.
    const alive = setInterval(() => {}, 1_000);
    await heard.promise;
    clearInterval(alive);
  },
});

Deno.test("processMemory() is what a process takes", () => ok(processMemory() > 10_000_000));

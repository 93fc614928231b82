import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { runCommand } from "../../../core/platform/run_command.ts";

Deno.test("runCommand() gives code and texts, and nothing for a program that is not there", async () => {
  const script = "console.log('out'); console.error('err'); Deno.exit(3)";
  deepStrictEqual(await runCommand([Deno.execPath(), "eval", script]), {
    code: 3,
    stdout: "out\n",
    stderr: "err\n",
  });
  strictEqual(await runCommand(["mm-there-is-no-such-program"]), undefined);
});

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { isAbsolute } from "node:path";
import { ownCommand } from "../../../core/platform/own_command.ts";
import { runCommand } from "../../../core/platform/run_command.ts";

Deno.test("ownCommand() is what runs this program again", async () => {
  const { program, args, isScript } = ownCommand();
  ok(isAbsolute(program));
  deepStrictEqual([isScript, args.slice(0, 3)], [true, ["run", "-A", "--unstable-kv"]]);
  ok(isAbsolute(args[3] ?? ""), "a path, not an address");
  match((await runCommand([program, "--version"]))?.stdout ?? "", /^deno /);
});

Deno.test("runCommand() gives code and texts, and nothing for a program that is not there", async () => {
  const script = "console.log('out'); console.error('err'); Deno.exit(3)";
  deepStrictEqual(await runCommand([Deno.execPath(), "eval", script]), {
    code: 3,
    stdout: "out\n",
    stderr: "err\n",
  });
  strictEqual(await runCommand(["mm-there-is-no-such-program"]), undefined);
});

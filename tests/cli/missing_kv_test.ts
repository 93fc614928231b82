import { deepStrictEqual, doesNotMatch, strictEqual } from "node:assert/strict";
import { missingKvError } from "../../cli/missing_kv.ts";

const PROGRAM = "jsr:@model-manager/mm";
const RIGHTS = "--allow-read --allow-write --allow-net --allow-env --allow-sys";

Deno.test("missingKvError() types out whole commands with the flag, and with all rights", () => {
  const { code, hints } = missingKvError({
    program: PROGRAM,
    args: ["pull", "org/name:Q4_K_M", "--to", "my models"],
  });
  const rest = `${PROGRAM} pull org/name:Q4_K_M --to 'my models'`;
  const doctor = `${PROGRAM} doctor --permissions pull`;
  strictEqual(code, "PERMISSION_ERROR");
  deepStrictEqual(hints, [
    `Add the flag --unstable-kv, as in: deno run --unstable-kv ${RIGHTS} ${rest}`,
    `Or grant everything, and the program adds the flag by itself: deno run -A ${rest}`,
    `See how few rights are enough: deno run --unstable-kv ${RIGHTS} ${doctor}`,
  ]);
});

Deno.test("missingKvError() repeats no token", () => {
  for (const args of [["list", "--token", "hidden"], ["--token=hidden", "list"]]) {
    const { hints, message } = missingKvError({ program: PROGRAM, args });
    doesNotMatch([message, ...hints].join("\n"), /hidden/);
    strictEqual(hints.length, 3);
  }
});

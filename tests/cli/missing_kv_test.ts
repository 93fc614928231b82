import { deepStrictEqual, doesNotMatch } from "node:assert/strict";
import { missingKvText } from "../../cli/missing_kv.ts";

const PROGRAM = "jsr:@model-manager/mm";

function hints(text: string): string[] {
  return [...text.matchAll(/^hint: (.*)$/gm)].map(([, hint = ""]) => hint);
}

Deno.test("missingKvText() types out the command with the flag, and with all rights", () => {
  const text = missingKvText({ program: PROGRAM, args: ["pull", "org/name:Q4_K_M", "--to", "my models"] });
  const rest = `${PROGRAM} pull org/name:Q4_K_M --to 'my models'`;
  deepStrictEqual(hints(text), [
    `Add the flag --unstable-kv to those given now: deno run --unstable-kv … ${rest}`,
    `Or grant everything, and the program adds the flag by itself: deno run -A ${rest}`,
  ]);
});

Deno.test("missingKvText() repeats no token", () => {
  for (const args of [["list", "--token", "hidden"], ["--token=hidden", "list"]]) {
    const text = missingKvText({ program: PROGRAM, args });
    doesNotMatch(text, /hidden/);
    deepStrictEqual(hints(text).length, 2);
  }
});

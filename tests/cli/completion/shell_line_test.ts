import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { argumentsOf, readShellLine } from "../../../cli/completion/shell_line.ts";
import { quoteForBash, quoteForPowerShell } from "../../../cli/completion/reply.ts";

Deno.test("readShellLine() takes a line apart as bash does", () => {
  const words = (line: string): readonly string[] => readShellLine(line, "bash").words;
  assert.deepEqual(words("mm pull "), ["mm", "pull", ""]);
  assert.deepEqual(words("mm pull org/name:Q4"), ["mm", "pull", "org/name:Q4"]);
  assert.deepEqual(words(`mm 'a b' "c \\" d" e\\ f`), ["mm", "a b", 'c " d', "e f"]);
  assert.deepEqual(words(`mm "open`), ["mm", "open"]);
  assert.deepEqual(words(`mm ''`), ["mm", ""]);
  assert.deepEqual(words(""), [""]);
  assert.equal(readShellLine(`mm x "open`, "bash").quote, '"');
  assert.equal(readShellLine(`mm it\\'s`, "bash").quote, "");
  assert.equal(readShellLine(`mm a\\ b`, "bash").rawLast, "a\\ b");
});

Deno.test("readShellLine() knows the quoting of fish and PowerShell", () => {
  assert.deepEqual(readShellLine(`mm 'it\\'s' x`, "fish").words, ["mm", "it's", "x"]);
  assert.deepEqual(readShellLine("mm 'it''s' a` b", "powershell").words, ["mm", "it's", "a b"]);
  assert.deepEqual(readShellLine("mm C:\\models\\x", "powershell").words, ["mm", "C:\\models\\x"]);
});

Deno.test("argumentsOf() leaves out the program and the variables that are set for it", () => {
  assert.deepEqual(argumentsOf(["mm", "pull", ""]), ["pull", ""]);
  assert.deepEqual(argumentsOf(["HF_TOKEN=x", "A=1", "mm", "li"]), ["li"]);
  assert.deepEqual(argumentsOf([""]), []);
});

const printable = fc.string({ unit: "grapheme-composite", maxLength: 30 })
  .filter((text) => !/[\p{C}\p{Zl}\p{Zp}]/u.test(text) && text !== "");

Deno.test("quoteForBash() is undone by readShellLine(), outside and inside of quotation marks", () => {
  fc.assert(
    fc.property(printable, fc.constantFrom("", "'", '"') as fc.Arbitrary<"" | "'" | '"'>, (text, quote) => {
      const quoted = quoteForBash(text, quote);
      fc.pre(quoted !== undefined);
      assert.equal(readShellLine(`mm ${quote}${quoted}${quote}`, "bash").words.at(-1), text);
    }),
  );
});

const HAS_BASH = Deno.build.os !== "windows" && spawnSync("bash", ["--version"]).status === 0;

Deno.test({
  name: `quoteForBash() is undone by bash itself${HAS_BASH ? "" : " - SKIPPED: bash is not installed"}`,
  ignore: !HAS_BASH,
  fn() {
    const texts = fc.sample(printable, 200).concat([
      "$(touch x)",
      "`x`",
      "~",
      "~root",
      "a;b",
      "!!",
      "#x",
      "*",
      "{a,b}",
    ]);
    const words = texts.flatMap((text) =>
      (["", '"', "'"] as const).flatMap((quote) => {
        const quoted = quoteForBash(text, quote);
        return quoted === undefined ? [] : [{ text, word: `${quote}${quoted}${quote}` }];
      })
    );
    const script = `printf '%s\\0' ${words.map(({ word }) => word).join(" ")}`;
    const { stdout } = spawnSync("bash", ["-c", script], { encoding: "utf8", env: { LC_ALL: "C.UTF-8" } });
    assert.deepEqual(stdout.split("\0").slice(0, -1), words.map(({ text }) => text));
  },
});

Deno.test("quoteForPowerShell() leaves names alone, and quotes what means something", () => {
  assert.equal(quoteForPowerShell("org/name:Q4_K_M"), "org/name:Q4_K_M");
  assert.equal(quoteForPowerShell("--to=hf-cache"), "--to=hf-cache");
  assert.equal(quoteForPowerShell("$(evil)"), "'$(evil)'");
  assert.equal(quoteForPowerShell("it's"), "'it''s'");
  assert.equal(quoteForPowerShell("a\u2019b"), "'a\u2019\u2019b'");
  assert.equal(quoteForPowerShell("a b;c"), "'a b;c'");
});

import assert from "node:assert/strict";
import { fitText } from "../../cli/help_layout.ts";
import { runTestCli } from "../support/run_cli.ts";

Deno.test("fitText() fills paragraphs anew and keeps headings, gaps and what is indented", () => {
  const text = "One line that is\nbroken in the source.\n\nExamples:\n  mm a   what\n  mm bb  else\n";
  assert.equal(
    fitText(text, 80),
    "One line that is broken in the source.\n\nExamples:\n  mm a   what\n  mm bb  else\n",
  );
  assert.equal(
    fitText(text, 20),
    "One line that is\nbroken in the\nsource.\n\nExamples:\n  mm a   what\n  mm bb  else\n",
  );
});

Deno.test("fitText() goes on below the second of two columns, and below the first where that is too far right", () => {
  assert.equal(fitText("  mm a   what is said of it", 18), "  mm a   what is\n         said of\n         it");
  assert.equal(fitText("  mm a long command   said", 22), "  mm a long command\n    said");
  assert.equal(fitText(`${"x".repeat(30)} y`, 10), `${"x".repeat(30)}\ny`);
});

Deno.test("the help shows commands before options, and what every command has last", async () => {
  const order = (text: string, headings: readonly string[]): void =>
    assert.deepEqual(
      headings.map((heading) => text.indexOf(`\n${heading}`)).toSorted((a, b) => a - b).filter((at) =>
        at >= 0
      ),
      headings.map((heading) => text.indexOf(`\n${heading}`)),
    );
  order((await runTestCli(["--help"])).stdout, ["Find and fetch:", "Library:", "Options:", "Examples:"]);
  order((await runTestCli(["queue", "--help"])).stdout, [
    "Commands:",
    "Options:",
    "Global options:",
    "Examples:",
  ]);
  order((await runTestCli(["pull", "--help"])).stdout, [
    "Arguments:",
    "Options:",
    "Global options:",
    "Examples:",
  ]);
});

import assert from "node:assert/strict";
import { answerCompletion } from "../../../cli/completion/answer.ts";
import { bashReply, powerShellReply, tabbedReply } from "../../../cli/completion/reply.ts";
import { readShellLine } from "../../../cli/completion/shell_line.ts";
import type { Candidate } from "../../../cli/completion/facts.ts";

const of = (...values: (string | Candidate)[]) => ({
  candidates: values.map((value) => typeof value === "string" ? { value } : value),
  paths: "none" as const,
});
const bash = (
  line: string,
  word: string,
  values: readonly (string | Candidate)[],
  listing?: { readonly columns: number },
): readonly string[] =>
  bashReply(of(...values), {
    line: readShellLine(line, "bash"),
    word,
    isListing: listing !== undefined,
    columns: listing?.columns ?? 80,
  }).split("\n").slice(1, -1);

Deno.test("bashReply() gives what stands behind the last word break, and a space only after what is complete", () => {
  assert.deepEqual(bash("mm remove o", "o", ["org/name"]), ["org/name "]);
  assert.deepEqual(bash("mm remove org/n:Q", "Q", ["org/n:Q4_K_M", "org/n:Q8_0"]), ["Q4_K_M", "Q8_0"]);
  assert.deepEqual(bash("mm remove org/n:", "", ["org/n:Q8_0"]), ["Q8_0 "]);
  assert.deepEqual(bash("mm list --sort=", "", ["--sort=date"]), ["date "]);
  assert.deepEqual(bash("mm pull org/n@", "@", ["org/n@main"]), ["@main "]);
  assert.deepEqual(bash("mm x", "x", ["xy:"]), ["xy:"]);
});

Deno.test("bashReply() quotes for the quotation marks that are open", () => {
  assert.deepEqual(bash("mm verify a", "a", ["a b;$(c)"]), ["a\\ b\\;\\$\\(c\\) "]);
  assert.deepEqual(bash('mm verify "a', "a", ['a b $x "y"']), ['a b \\$x \\"y\\"']);
  assert.deepEqual(bash("mm verify 'a", "a", ["a b", "a'b"]), ["a b"]);
});

Deno.test("bashReply() shows descriptions where candidates are only listed, each on a line of its own", () => {
  const candidates = [{ value: "aa", description: "the first" }, {
    value: "bbbb",
    description: "x".repeat(90),
  }];
  const lines = bash("mm ", "", candidates, { columns: 40 });
  assert.deepEqual(lines.map((line) => line.length), [39, 39]);
  assert.match(lines[0] ?? "", /^aa {4}\(the first\) +$/);
  assert.match(lines[1] ?? "", /^bbbb {2}\(x+\.\.\.\) *$/);
  assert.deepEqual(bash("mm ", "", candidates), ["aa", "bbbb"]);
  assert.deepEqual(bash("mm ", "", candidates, { columns: 15 }), ["aa", "bbbb"], "no room for them");
});

Deno.test("every reply leaves out names that a terminal or a line would not survive, and each comes once", () => {
  const hostile = of("ok", "a\nb", "a\tb", "\u001b[31m", "\u202eevil", "\u2028", "", "ok", "\u0000");
  assert.equal(tabbedReply(hostile), "none\nok\t\n");
  assert.equal(powerShellReply(hostile), "none\nok\tok\tok\n");
  assert.equal(
    tabbedReply(of({ value: "a", description: `two\nlines\tand \u001b[31m ${"x".repeat(200)}` })).split("\n")
      .length,
    3,
  );
  assert.match(tabbedReply(of({ value: "a", description: "b\n\u001b[2Jc" })), /^none\na\tb \[2Jc\n$/);
});

Deno.test("answerCompletion() answers each shell, and nobody else", async () => {
  const open = (): never => {
    throw new Error("The disk is gone");
  };
  assert.equal(
    await answerCompletion(["fish", "mm queue can"], open),
    "none\ncancel\tend jobs; what they have fetched stays until mm cleanup\n",
  );
  assert.match(await answerCompletion(["zsh", "queue", "can"], open) ?? "", /^none\ncancel\t/);
  assert.equal(await answerCompletion(["bash", "9", "80", "can", "mm queue can"], open), "none\ncancel \n");
  const encoded = new TextEncoder().encode("mm queue can").toBase64();
  assert.match(await answerCompletion(["powershell", encoded], open) ?? "", /^none\ncancel\tcancel\t/);
  assert.equal(await answerCompletion(["tcsh", "mm "], open), undefined);
  // Whatever goes wrong, there is nothing to complete.
  assert.equal(await answerCompletion(["fish", "mm remove "], open), "none\n");
  assert.equal(await answerCompletion(["powershell", "!!!"], open), "none\n");
});

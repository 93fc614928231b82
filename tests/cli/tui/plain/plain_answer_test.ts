import assert from "node:assert/strict";
import { questionLines, readAnswer } from "../../../../cli/tui/plain/plain_answer.ts";
import { choiceDialog, textDialog } from "../../../../cli/tui/shell/shell_state.ts";

const CHOICE = choiceDialog(1, {
  title: "Delete acme/tiny?",
  lines: ["1. the file", "2. the journal"],
  choices: [
    { id: "delete", label: "Delete", key: "d", detail: "12 MB" },
    { id: "keep", label: "Keep it", key: "k" },
  ],
  isDangerous: true,
});
const TEXT = textDialog(2, { title: "Limit the rate", lines: ["Such as 20M"], initial: "5M" });

Deno.test("questionLines() tells the question, its answers by number, and what Enter means", () => {
  assert.deepEqual(questionLines(CHOICE), [
    "Question: Delete acme/tiny? (something is lost by it)",
    "1. the file",
    "2. the journal",
    "Answers:",
    "1. Delete: 12 MB",
    "2. Keep it",
    "Type a number, or cancel. Enter alone means: Keep it",
  ]);
  assert.deepEqual(questionLines({ ...TEXT, problem: "That is no rate" } as typeof TEXT), [
    "Question: Limit the rate",
    "Such as 20M",
    "Problem: That is no rate",
    "Type the answer, or cancel. Enter alone takes: 5M",
  ]);
});

Deno.test("readAnswer() takes a choice by number, label, key and name", () => {
  for (const line of ["1", " Delete ", "d", "delete"]) {
    assert.deepEqual(readAnswer(line, CHOICE), { type: "choice", index: 0 }, line);
  }
  assert.deepEqual(readAnswer("", CHOICE), { type: "choice", index: 1 });
  assert.deepEqual(readAnswer("cancel", CHOICE), { type: "dismiss" });
  for (const line of ["0", "3", "yes", "-1"]) {
    assert.deepEqual(readAnswer(line, CHOICE), { type: "unknown" }, line);
  }
});

Deno.test("readAnswer() takes a button that is called Cancel for that button", () => {
  const dialog = choiceDialog(3, { title: "", lines: [], choices: [{ id: "stay", label: "Cancel" }] });
  assert.deepEqual(readAnswer("cancel", dialog), { type: "choice", index: 0 });
});

Deno.test("readAnswer() takes a text, what is there already, or an empty one", () => {
  assert.deepEqual(readAnswer(" 20M ", TEXT), { type: "text", text: "20M" });
  assert.deepEqual(readAnswer("", TEXT), { type: "text", text: "5M" });
  assert.deepEqual(readAnswer('""', TEXT), { type: "text", text: "" });
  assert.deepEqual(readAnswer("escape", TEXT), { type: "dismiss" });
});

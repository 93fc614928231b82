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
  for (const line of ["0", "3", "perhaps", "-1"]) {
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

Deno.test("readAnswer() takes quit and help for what they mean, and yes and no where they mean something", () => {
  for (const dialog of [CHOICE, TEXT]) {
    for (const line of ["quit", "exit", "Quit"]) assert.deepEqual(readAnswer(line, dialog), { type: "quit" });
    for (const line of ["help", "?"]) assert.deepEqual(readAnswer(line, dialog), { type: "help" });
  }
  assert.deepEqual(readAnswer('"quit"', TEXT), { type: "text", text: "quit" });
  assert.deepEqual(readAnswer('"20M"', TEXT), { type: "text", text: '"20M"' });
  for (const line of ["yes", "Y"]) assert.deepEqual(readAnswer(line, CHOICE), { type: "choice", index: 0 });
  for (const line of ["no", "N"]) assert.deepEqual(readAnswer(line, CHOICE), { type: "choice", index: 1 });
  const which = choiceDialog(4, {
    title: "What does it fetch?",
    lines: [],
    choices: [{ id: "manifest", label: "A manifest" }, { id: "models", label: "Models" }],
  });
  assert.deepEqual(readAnswer("yes", which), { type: "unknown" });
});

import assert from "node:assert/strict";
import { commandTable } from "../../../cli/completion/command_table.ts";
import { readTypedWords } from "../../../cli/completion/typed_words.ts";

function read(line: string) {
  const typed = readTypedWords(line.split(" "), commandTable());
  return {
    command: typed.command?.path,
    arguments: typed.arguments,
    options: Object.fromEntries(typed.options),
    option: typed.option?.names.at(-1),
    before: typed.before,
    text: typed.text,
    literal: typed.literal,
  };
}

const NOTHING = {
  command: "",
  arguments: [],
  options: {},
  option: undefined,
  before: "",
  text: "",
  literal: false,
};

Deno.test("readTypedWords() follows commands, their other names and their own commands", () => {
  assert.deepEqual(read(""), NOTHING);
  assert.equal(read("ls x").command, "list");
  assert.equal(read("queue pause ").command, "queue pause");
  assert.deepEqual(read("queue pause a b ").arguments, ["a", "b"]);
  assert.equal(read("nonsense ").command, undefined);
  assert.equal(read("queue nonsense ").command, undefined);
});

Deno.test("readTypedWords() knows which words are values of options", () => {
  assert.deepEqual(read("--models-dir /m pull -i *.json --to hf-cache org/x "), {
    ...NOTHING,
    command: "pull",
    arguments: ["org/x"],
    options: { "--models-dir": ["/m"], "--include": ["*.json"], "--to": ["hf-cache"] },
  });
  assert.equal(read("pull --to ").option, "--to");
  assert.equal(read("pull -i ").option, "--include");
  assert.equal(read("pull -qi ").option, "--include");
  assert.equal(read("pull -i*.json ").option, undefined);
  assert.deepEqual(read("pull -i*.json ").options, { "--include": ["*.json"] });
  assert.equal(read("pull --json ").option, undefined);
});

Deno.test("readTypedWords() takes apart an option and its value in one word", () => {
  const typed = read("list --sort=da");
  assert.deepEqual([typed.option, typed.before, typed.text], ["--sort", "--sort=", "da"]);
  assert.deepEqual(read("list --sort=date x").options, { "--sort": ["date"] });
  // A switch has no value.
  assert.equal(read("list --json=x").option, undefined);
});

Deno.test("readTypedWords() reads no option behind --", () => {
  assert.deepEqual(read("pull -- --to "), {
    ...NOTHING,
    command: "pull",
    arguments: ["--to"],
    literal: true,
  });
  assert.equal(read("pull --to -- x").options["--to"]?.[0], "--");
});

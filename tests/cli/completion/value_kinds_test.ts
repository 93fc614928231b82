import assert from "node:assert/strict";
import { type CommandRow, commandTable } from "../../../cli/completion/command_table.ts";
import { longName } from "../../../cli/completion/typed_words.ts";
import { SCREEN_WORDS, valueKind, valuePlaces } from "../../../cli/completion/value_kinds.ts";
import { NUMBERED_SCREENS } from "../../../cli/tui/screen_names.ts";

interface Place {
  readonly command: string;
  readonly name: string;
  readonly hasChoices: boolean;
}

function placesOf(command: CommandRow): readonly Place[] {
  const { path } = command;
  return [
    ...command.arguments.map(({ name, choices }) => ({
      command: path,
      name,
      hasChoices: choices.length > 0,
    })),
    ...command.options.filter(({ value }) => value !== undefined).map((option) => ({
      command: path,
      name: longName(option),
      hasChoices: option.choices.length > 0,
    })),
    ...command.commands.flatMap(placesOf),
  ];
}

const places = placesOf(commandTable());

Deno.test("valueKind() says of every option and argument what can be typed there", () => {
  const unknown = places.filter(({ command, name, hasChoices }) =>
    !hasChoices && valueKind(command, name) === undefined
  );
  assert.ok(places.length > 80, "the table has been read");
  assert.deepEqual(unknown, [], "say in cli/completion/value_kinds.ts what can be typed there");
});

Deno.test("valueKind() has no place that does not exist", () => {
  const known = new Set(places.flatMap(({ command, name }) => [`${command} ${name}`, `* ${name}`]));
  assert.deepEqual(valuePlaces().filter((place) => !known.has(place)), []);
});

Deno.test("the screens that are completed are those that there are", () => {
  assert.deepEqual(SCREEN_WORDS, NUMBERED_SCREENS);
});

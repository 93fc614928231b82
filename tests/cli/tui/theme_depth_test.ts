import { doesNotMatch, match } from "node:assert/strict";
import { THEME_NAMES, tuiTheme } from "../../../cli/tui/theme.ts";

function everyStyle(depth: 256 | 8 | 0): string {
  return THEME_NAMES.flatMap((name) => Object.values(tuiTheme(name, { noColor: false, depth })))
    .map((style) => style("x")).join("");
}

Deno.test("tuiTheme() uses only the colours that the terminal has", () => {
  // deno-lint-ignore no-control-regex
  match(everyStyle(256), /\x1b\[38;5;\d+m/);
  // deno-lint-ignore no-control-regex
  match(everyStyle(8), /\x1b\[3[0-7]m/);
  doesNotMatch(everyStyle(8), /[34]8;/);
  // deno-lint-ignore no-control-regex
  doesNotMatch(everyStyle(0), /\x1b\[[34]\d/);
});

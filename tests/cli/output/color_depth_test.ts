import { strictEqual } from "node:assert/strict";
import { colorDepth } from "../../../cli/output/color_depth.ts";

Deno.test("colorDepth() gives 256 colours only to terminals that are known to have them", () => {
  const cases: readonly (readonly [Readonly<Record<string, string>>, number])[] = [
    [{ TERM: "xterm-256color" }, 256],
    [{ TERM: "tmux-256color" }, 256],
    [{ TERM: "xterm-direct" }, 256],
    [{ TERM: "xterm-kitty" }, 256],
    [{ TERM: "alacritty" }, 256],
    [{ TERM: "xterm", COLORTERM: "truecolor" }, 256],
    [{ TERM: "xterm", TERM_PROGRAM: "vscode" }, 256],
    [{ WT_SESSION: "1" }, 256],
    [{ OS: "Windows_NT" }, 256],
    [{ TERM: "xterm" }, 8],
    [{ TERM: "screen" }, 8],
    [{ TERM: "linux" }, 8],
    [{ TERM: "ansi" }, 8],
    [{}, 8],
    [{ TERM: "vt100" }, 0],
    [{ TERM: "vt220", COLORTERM: "truecolor" }, 0],
    [{ TERM: "dumb" }, 0],
  ];
  for (const [environment, depth] of cases) {
    strictEqual(colorDepth(environment), depth, JSON.stringify(environment));
  }
});

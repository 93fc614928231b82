import { strictEqual } from "node:assert/strict";
import { typedCommand } from "../../cli/typed_command.ts";

Deno.test("typedCommand() is what starts the program in each of its forms", () => {
  const typed = (mainModule: string, isStandalone = false): string =>
    typedCommand({ mainModule, isStandalone });
  strictEqual(typed("file:///src/mm/main.ts"), "deno run -A main.ts");
  strictEqual(typed("jsr:@model-manager/mm@0.1"), "deno run -A jsr:@model-manager/mm@0.1");
  strictEqual(typed("file:///lib/node_modules/@model-manager/mm/main.js"), "mm");
  strictEqual(typed("file:///tmp/deno-compile-mm/main.ts", true), "mm");
});

import assert from "node:assert/strict";
import { renderMarkdown } from "../../../cli/help/render_markdown.ts";
import { TOPICS } from "../../../cli/help/topic_list.ts";
import { PLAIN_THEME } from "../../../cli/output/theme.ts";
import { visibleWidth } from "../../../cli/output/wrap.ts";

async function render(text: string, width: number): Promise<string> {
  const link = (target: string): string => target === "settings.md" ? "mm help settings" : "";
  return (await renderMarkdown(text, { width, theme: PLAIN_THEME, hasColor: false, link })).join("\n");
}

Deno.test("renderMarkdown() fills text, keeps code, and says where links lead", async () => {
  const text =
    "# Title\n\nSome words of `some code` that are filled, see [settings](settings.md) and [b](#b).\n\n" +
    "- one item that is longer than the line\n  - inside\n\n```sh\nmm list --a-line-that-is-not-broken\n```\n\n## `Next`\n\n> note";
  assert.equal(
    await render(text, 32),
    [
      "Title",
      "=====",
      "",
      "  Some words of `some code` that",
      "  are filled, see settings (mm",
      "  help settings) and b.",
      "",
      "  - one item that is longer than",
      "    the line",
      "    - inside",
      "",
      "    mm list --a-line-that-is-not-broken",
      "",
      "Next",
      "",
      "  | note",
    ].join("\n"),
  );
});

const TABLE = "| name | meaning |\n|---|---|\n| `one` | a text that is rather long |\n| `two` | short |";

Deno.test("renderMarkdown() shows a table in columns where there is room, else one entry below the other", async () => {
  assert.equal(
    await render(TABLE, 60),
    ["  NAME   MEANING", "  `one`  a text that is rather long", "  `two`  short"].join("\n"),
  );
  assert.equal(
    await render(TABLE, 27),
    ["  NAME   MEANING", "  `one`  a text that is", "         rather long", "  `two`  short"].join("\n"),
  );
  assert.equal(
    await render(TABLE, 20),
    ["  `one`", "    meaning: a text", "    that is rather", "    long", "", "  `two`", "    meaning: short"]
      .join("\n"),
  );
});

Deno.test("renderMarkdown() marks with color what is code, a heading or strong", async () => {
  const mark = (name: string) => (text: string) => `<${name}>${text}</>`;
  const theme = { ...PLAIN_THEME, accent: mark("c"), bold: mark("b"), dim: mark("d") };
  const lines = await renderMarkdown("# A `b`\n\n`c d` and **e**\n\n| f | g |\n|---|---|\n| h | i |", {
    width: 80,
    theme,
    hasColor: true,
    link: () => "",
  });
  assert.deepEqual(lines, [
    "<b>A b</>",
    "===",
    "",
    "  <c>c</> <c>d</> and <b>e</>",
    "",
    "  <d>F  G</>",
    "  h  i",
  ]);
});

Deno.test("renderMarkdown() counts wide characters as two columns", async () => {
  assert.equal(
    await render("| a | b |\n|---|---|\n| 模型 | x |\n| ab | y |", 40),
    "  A     B\n  模型  x\n  ab    y",
  );
});

Deno.test("every topic fits 80, 40 and 20 columns, but for code, which is copied", async () => {
  for (const { name, load } of TOPICS) {
    const { default: text } = await load();
    for (const width of [80, 40, 20]) {
      const wide = (await render(text, width)).split("\n")
        .filter((line) => visibleWidth(line) > width && !line.startsWith("    "));
      assert.deepEqual(wide, [], `${name} at ${width}`);
    }
  }
});

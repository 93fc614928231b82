/**
 * Every name of ours on the page for those who come from the older tools is there.
 *
 * @module
 */
import assert from "node:assert/strict";
import { DETAILS_KEYS } from "../../cli/tui/details/details_keys.ts";
import { DOWNLOADS_KEYS } from "../../cli/tui/downloads/downloads_keys.ts";
import { LIBRARY_KEYS } from "../../cli/tui/library/library_keys.ts";
import { SEARCH_KEYS } from "../../cli/tui/search/search_keys.ts";
import { SHELL_KEYS } from "../../cli/tui/shell/shell_keys.ts";
import { type Block, parseInline, parseMarkdown, type Table } from "../../cli/help/markdown.ts";
import { ERROR_CODES } from "../../core/base/errors.ts";
import { ENVIRONMENT_VARIABLES, findSetting, SETTING_PATHS } from "../../core/config/mod.ts";
import { openCommandChecker } from "./command_checker.ts";
import { publicNames } from "./public_names.ts";
import { shellCommands } from "./shell_words.ts";

const read = (name: string): string => Deno.readTextFileSync(new URL(`../../docs/${name}`, import.meta.url));
const blocks = parseMarkdown(read("migration.md"));
const formats = read("formats.md");
const names = publicNames();
const check = await openCommandChecker();

function codeIn(cell: string): string[] {
  return parseInline(cell).flatMap(({ kind, text }) => kind === "code" ? [text] : []);
}

/** Tables with the heading they stand under. */
function tablesOf(all: readonly Block[]): { readonly heading: string; readonly table: Table }[] {
  let heading = "";
  return all.flatMap((block) => {
    if (block.kind === "heading") heading = block.text;
    return block.kind === "table" ? [{ heading, table: block }] : [];
  });
}

const rows = tablesOf(blocks).flatMap(({ heading, table }) =>
  table.rows.map(([older = "", ours = "", note = ""]) => ({ heading, older, ours, note }))
);

/** Words that are no names of the program, each in one row. */
const PLAIN: ReadonlySet<string> = new Set(['include: ["*"]', "--until", "update", "text-generation"]);
const PRIORITIES: ReadonlySet<string> = new Set(["low", "normal", "high", "urgent"]);

async function problemOf(code: string): Promise<string | undefined> {
  if (PLAIN.has(code) || PRIORITIES.has(code)) return undefined;
  if (code.startsWith("mm ") || code === "mm") {
    const [words = []] = shellCommands(code);
    return await check(words.slice(1));
  }
  if (/^[A-Z][A-Z_]+$/.test(code)) {
    const isKnown = (ERROR_CODES as readonly string[]).includes(code) ||
      ENVIRONMENT_VARIABLES.some(({ name }) => name === code);
    return isKnown ? undefined : "no error code and no variable";
  }
  const [, owner = "", member] = /^([A-Z]\w+)(?:\.(\w+(?:\(\))?))?$/.exec(code) ?? [];
  if (owner !== "") {
    const members = names.get(owner);
    if (members === undefined) return "mod.ts does not export it";
    return member === undefined || members.has(member) ? undefined : `${owner} has no such member`;
  }
  const [, called] = /^([a-z]\w+)\(\)$/.exec(code) ?? [];
  if (called !== undefined) return names.has(called) ? undefined : "mod.ts does not export it";
  if ((SETTING_PATHS as readonly string[]).includes(code)) return undefined;
  if (/^[a-z_]+(?:\.[a-z_]+)?$/.test(code) && findSetting(code) !== undefined) {
    return "an older key, not ours";
  }
  if (/[./]/.test(code)) {
    return formats.includes(code.replace(/-…$/, "")) || code === "config.yaml" ||
        code.startsWith("<models_dir>")
      ? undefined
      : "not among the files of docs/formats.md";
  }
  return "nothing of that name";
}

Deno.test("docs/migration.md names only what is there", async () => {
  const found: string[] = [];
  for (const { heading, ours, note } of rows) {
    if (heading === "Keys") continue;
    for (const code of [...codeIn(ours), ...codeIn(note)]) {
      const problem = await problemOf(code);
      if (problem !== undefined) found.push(`${heading}: ${code}: ${problem}`);
    }
  }
  assert.deepEqual(found, []);
  assert.ok(rows.length > 100, `only ${rows.length} rows were found`);
});

Deno.test("docs/migration.md names keys that do something on their screens", () => {
  const screens: Readonly<Record<string, readonly { readonly keys: readonly string[] }[]>> = {
    Library: LIBRARY_KEYS,
    Search: SEARCH_KEYS,
    Details: DETAILS_KEYS,
    Downloads: DOWNLOADS_KEYS,
    everywhere: SHELL_KEYS,
  };
  const keys = rows.filter(({ heading }) => heading === "Keys");
  const idle = keys.flatMap(({ ours, note }) =>
    codeIn(ours).filter((key) => screens[note]?.some((binding) => binding.keys.includes(key)) !== true)
  );
  assert.deepEqual(idle, []);
  assert.ok(keys.length >= 12);
});

Deno.test("docs/migration.md has every variable and every key of the older tools that is read", () => {
  const page = read("migration.md");
  const older = ENVIRONMENT_VARIABLES.filter(({ group }) => group === "older").map(({ name }) => name);
  assert.deepEqual(older.filter((name) => !page.includes(`\`${name}\``)), []);
  const keys = ["download_directory", "log_level", "max_retries", "timeout_seconds", "concurrent_downloads"];
  for (const key of keys) {
    const row = rows.find((each) => codeIn(each.older).includes(key) && each.ours.includes("older key"));
    assert.equal(codeIn(row?.ours ?? "")[0], findSetting(key), key);
  }
});

Deno.test("the checks of docs/migration.md find what is not there", async () => {
  const wrong = [
    "mm serch",
    "ModelRegistry.addModels()",
    "Nothing",
    "nothing()",
    "HF_NOTHING",
    "log_level",
    "a.kv",
  ];
  for (const code of wrong) assert.notEqual(await problemOf(code), undefined, code);
});

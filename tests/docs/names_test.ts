/**
 * What the documents name is there: variables, settings, options and error codes.
 *
 * @module
 */
import assert from "node:assert/strict";
import { parse } from "yaml";
import { ERROR_CODES } from "../../core/base/errors.ts";
import { ENVIRONMENT_VARIABLES, findSetting, SETTING_PATHS } from "../../core/config/mod.ts";
import { commandTree } from "../support/command_tree.ts";
import { allDocuments, type Document, documentOf, inlineCode } from "./document_set.ts";

/** Variables that the program itself does not read, and who does. */
const OTHER_VARIABLES: ReadonlySet<string> = new Set([
  // The tests.
  "MM_TEST_PYTHON",
  "MM_TEST_PYTHON_PREVIOUS",
  // The install scripts.
  "MM_INSTALL",
  "MM_VERSION",
  "MM_INSTALL_FROM",
  // Python's huggingface_hub, in measurements.
  "HF_HUB_DISABLE_XET",
]);

/** Options of other programs. */
const OTHER_OPTIONS: readonly RegExp[] = [
  /^--(?:allow|deny|ignore|unstable)-/,
  /^--(?:cached-only|no-prompt|frozen|reload|lock|no-lock|permission-set|no-check|doc|parallel|dry-run|include|output)$/,
  /^-[APRWENSu]$/,
  // Verbose, twice.
  /^-vv$/,
  // llama.cpp.
  /^-hf$/,
];

const SETTING_GROUPS = new Set(
  SETTING_PATHS.flatMap((path) => path.includes(".") ? [path.split(".")[0]] : []),
);

const known = await commandTree();
const OPTIONS = new Set(
  [known.program, ...known.commands.map(({ command }) => command)].flatMap((
    command,
  ) => ["-h", "--help", ...command.options.flatMap(({ short, long }) => [short ?? "", long ?? ""])]),
);

function unknownVariables({ text }: Document): string[] {
  const names = text.match(/\b(?:MM|HF)_[A-Z][A-Z0-9_]*[A-Z0-9]\b(?!\*)/g) ?? [];
  return names.filter((name) =>
    !OTHER_VARIABLES.has(name) && !ENVIRONMENT_VARIABLES.some((variable) => variable.name === name)
  );
}

function unknownSettings(document: Document): string[] {
  return inlineCode(document).filter((code) =>
    /^[a-z_]+\.[a-z_]+$/.test(code) && SETTING_GROUPS.has(code.split(".")[0] ?? "") &&
    !/\.(?:json|yaml|yml|md|ts|kv|sh)$/.test(code) && findSetting(code) === undefined
  );
}

/** The names of settings in a file of them, such as `download.connections`. */
function pathsIn(value: unknown, prefix = ""): string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [prefix];
  return Object.entries(value).flatMap(([name, inner]) =>
    pathsIn(inner, prefix === "" ? name : `${prefix}.${name}`)
  );
}

/** Of the files of settings that are shown; other YAML and JSON has no group of ours at the top. */
function unknownSettingsOfFiles({ blocks }: Document): string[] {
  const tops = new Set<string>(SETTING_PATHS.map((path) => path.split(".")[0] ?? ""));
  return blocks.flatMap((block) => {
    if (block.kind !== "code" || !["yaml", "json", "jsonc"].includes(block.language)) return [];
    // JSON is YAML. What is cut short cannot be read.
    const text = block.lines.join("\n");
    const value: unknown = text.includes("…") ? undefined : parse(text);
    if (typeof value !== "object" || value === null || !Object.keys(value).some((name) => tops.has(name))) {
      return [];
    }
    return pathsIn(value).filter((path) => findSetting(path) === undefined);
  });
}

function unknownOptions(document: Document): string[] {
  const options = inlineCode(document).flatMap((code) => /^--?[a-zA-Z][\w-]*/.exec(code) ?? []);
  return options.filter((option) =>
    !OPTIONS.has(option) && !OTHER_OPTIONS.some((other) => other.test(option))
  );
}

/** Texts in the form of an error code that are none. */
function unknownCodes(document: Document): string[] {
  const isCode = (text: string): boolean => (ERROR_CODES as readonly string[]).includes(text);
  return inlineCode(document).filter((code) =>
    /^[A-Z]+_(?:ERROR|INVALID|FOUND|MISMATCH|LIMITED|SPACE|EXCEEDED|FAILED)$/.test(code) && !isCode(code)
  );
}

const KINDS = { unknownVariables, unknownSettings, unknownSettingsOfFiles, unknownOptions, unknownCodes };

/** Pages that speak of other programs: their names are not ours. */
const OF_OTHERS: Readonly<Record<string, readonly (keyof typeof KINDS)[]>> = {
  "docs/migration.md": ["unknownOptions", "unknownCodes", "unknownSettings"],
  // What was true of an older version.
  "CHANGELOG.md": ["unknownOptions"],
};

for (const [kind, find] of Object.entries(KINDS)) {
  Deno.test(`no ${kind.replace(/([A-Z])/g, " $1").toLowerCase()} in README.md, docs/ and their like`, () => {
    const wrong = allDocuments()
      .filter(({ path }) => !(OF_OTHERS[path] ?? []).some((other) => other === kind))
      .flatMap((document) => find(document).map((name) => `${document.path}: ${name}`));
    assert.deepEqual(wrong, []);
  });
}

Deno.test("names that do not exist are found", () => {
  const page = documentOf(
    "a.md",
    "`MM_MODEL_DIR` `MM_MODELS_DIR` `download.conections` `download.connections` `--jason` `--json` `--allow-net` " +
      "`CHECKSUM_ERROR` `NOT_FOUND` `log.txt`",
  );
  assert.deepEqual(unknownVariables(page), ["MM_MODEL_DIR"]);
  assert.deepEqual(unknownSettings(page), ["download.conections", "log.txt"]);
  assert.deepEqual(unknownOptions(page), ["--jason"]);
  assert.deepEqual(unknownCodes(page), ["CHECKSUM_ERROR"]);
  const file = documentOf(
    "a.md",
    "```yaml\ndownload:\n  connections: 4\n  limit: 20M\nmodel_dir: x\n```\n\n```yaml\non: push\n```",
  );
  assert.deepEqual(unknownSettingsOfFiles(file), ["download.limit", "model_dir"]);
});

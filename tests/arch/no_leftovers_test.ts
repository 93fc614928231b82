import assert from "node:assert/strict";
import { homedir } from "node:os";
import { listFiles, PROGRAM, readSource, ROOT, scanFiles } from "./source_scan.ts";

const TEXT_FILE = /(?:\.(?:tsx?|jsx?|jsonc?|md|ya?ml|sh|toml)|^run|^deno\.lock|^LICENSE|^\.gitignore)$/;
const SOURCE_FILE = /\.tsx?$/;

/** Spelled in parts, so that this file does not find itself. */
const word = (...parts: readonly string[]): string => parts.join("");

function findAll(files: readonly string[], pattern: RegExp): string[] {
  return files.flatMap((path) =>
    readSource(path).split("\n").flatMap((line, index) =>
      pattern.test(line) ? [`${path}:${index + 1} ${line.trim().slice(0, 100)}`] : []
    )
  );
}

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
const everything = listFiles([""], TEXT_FILE);
const sources = listFiles([...PROGRAM, "tests", "bench", "packaging"], SOURCE_FILE);

Deno.test("no work is left for later in the sources", () => {
  const marks = [word("TO", "DO"), word("FIX", "ME"), word("X", "XX:")].join("|");
  assert.deepEqual(findAll(sources, new RegExp(`\\b(?:${marks})\\b`)), []);
});

Deno.test("no unresolved merge is left", () => {
  assert.deepEqual(findAll(everything, new RegExp(`^(?:<{7}|>{7}) `)), []);
});

Deno.test("no path of the machine it was written on is left", () => {
  const places = [ROOT.replace(/[/\\]$/, ""), homedir(), word("/wo", "rk/main"), word("/wo", "rk/shared")]
    .filter((place) => place.length > 1)
    .map((place) => `${escape(place)}(?![\\w-])`);
  assert.deepEqual(findAll(everything, new RegExp(places.join("|"))), []);
});

Deno.test("no address of a package registry is written down", () => {
  const hosts = [
    word("npm", "js\\.org"),
    word("jsr", "\\.io"),
    word("pypi", "\\.org"),
    word("python", "hosted\\.org"),
  ];
  assert.deepEqual(findAll(everything, new RegExp(hosts.join("|"))), []);
});

Deno.test("no import needs a registry that cannot be reached where the program is built", () => {
  const scheme = word("js", "r:");
  const direct = scanFiles([...PROGRAM, "tests", "bench", "packaging"]).flatMap(({ path, imports }) =>
    imports.filter(({ target }) => target.startsWith(scheme)).map(({ target }) => `${path} ${target}`)
  );
  const config: { imports: Record<string, string> } = JSON.parse(readSource("deno.json"));
  const mapped = Object.values(config.imports).filter((target) => target.startsWith(scheme));
  assert.deepEqual([...direct, ...mapped], []);
});

Deno.test("no test runs alone or is given up", () => {
  const tests = listFiles(["tests"], SOURCE_FILE);
  const pattern = new RegExp(
    word("\\.on", "ly\\(|\\bon", "ly: true|Deno\\.test\\.ig", "nore\\(|\\big", "nore: true"),
  );
  assert.deepEqual(findAll(tests, pattern), []);
});

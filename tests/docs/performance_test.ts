import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../arch/source_scan.ts";

const PAGE = readFileSync(join(ROOT, "docs/performance.md"), "utf8");
/** Columns of the table of ratios, as the output calls them. */
const CONTENDERS = [
  "curl + sha256sum",
  "curl + openssl",
  "aria2c -x8 -s8",
  "aria2c, tuned",
  "huggingface_hub",
];
/** Rows of the table of ratios, as the output calls them. */
const CASES: Readonly<Record<string, string>> = {
  "1 GiB, no limit": "1 GiB over loopback, verified",
  "256 MiB, 20 MB/s a connection": "256 MiB at 20 MB/s a connection",
  "256 MiB, TLS, 80 ms": "256 MiB over TLS at 80 ms, windows of 4 MiB a connection",
  "500 small files, 20 ms": "500 small files at 20 ms latency",
  "40 shards of 16 MiB, 20 ms": "40 shards of 16 MiB at 20 ms latency",
  "1 GiB killed at half, 100 MB/s a connection": "resume of 1 GiB killed at half, 100 MB/s a connection",
};

/** The ratios of a case, as the bench has printed them; empty where a contender took no part. */
function printed(title: string): string[] {
  const table = PAGE.split(`\n${title}\n`)[1]?.split("\n\n")[0] ?? "";
  return CONTENDERS.map((name) => {
    const line = table.split("\n").find((text) => text.startsWith(name));
    return / - \d+\.\d+ +(\d\.\d\d) /.exec(line ?? "")?.[1] ?? "";
  });
}

Deno.test("docs/performance.md sums up what the bench has printed", () => {
  const found = Object.keys(CASES).map((row) => {
    const line = PAGE.split("\n").find((text) => text.startsWith(`| ${row} `));
    return line?.split("|").slice(2, -1).map((cell) => cell.trim());
  });
  assert.deepEqual(found, Object.values(CASES).map(printed));
});

Deno.test("README.md says of the bench what it has printed", () => {
  const readme = readFileSync(join(ROOT, "README.md"), "utf8").replace(/\s+/g, " ");
  const [curl, , aria2, , hub] = printed("1 GiB over loopback, verified");
  assert.match(readme, new RegExp(`${hub} of \`huggingface_hub\``));
  assert.match(readme, new RegExp(`${aria2} of \`aria2c -x8\``));
  assert.match(readme, new RegExp(`${curl} of curl and \`sha256sum\``));
});

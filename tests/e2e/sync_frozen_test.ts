/**
 * A lock and a library that somebody, or the disk, has changed: red, with a way out that exists.
 *
 * @module
 */
import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import { readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LARGE, startE2eHub, TINY, TINY_FORMERLY } from "../support/e2e_hub.ts";
import { exists, openSandbox, readDocument } from "../support/run_program.ts";

const Q4 = "tiny-Q4_K_M.gguf";
const Q8 = "tiny-Q8_0.gguf";

interface Document {
  readonly results: readonly {
    readonly repo: string;
    readonly status: string;
    readonly error?: { readonly code: string; readonly hints: readonly string[] };
  }[];
}

async function open(names: readonly string[]) {
  await using stack = new AsyncDisposableStack();
  const hub = stack.use(await startE2eHub());
  const box = stack.use(await openSandbox({ HF_ENDPOINT: hub.endpoint }));
  await writeFile(
    join(box.work, "models.json"),
    JSON.stringify({ models: names.map((name) => ({ name })) }),
  );
  const lock = join(box.work, "models.lock.json");
  const owned = stack.move();
  return {
    hub,
    box,
    lock,
    path: (file: string) => join(box.modelsDir, TINY, file),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

Deno.test("mm sync --frozen is red when the lock has another repository or another quant under a model's name", async () => {
  await using place = await open([`${TINY}:Q4_K_M`]);
  const { hub, box, lock } = place;
  strictEqual((await box.run(["lock"])).code, 0);
  const text = await readFile(lock, "utf8");

  await writeFile(
    lock,
    text.replaceAll(Q4, Q8).replace('"quant": "Q4_K_M"', '"quant": "Q8_0"')
      .replace(await hub.sha256(TINY, Q4), await hub.sha256(TINY, Q8))
      .replace('"sizeBytes": 1400000', '"sizeBytes": 2600003'),
  );
  const other = await box.run(["sync", "--frozen"]);
  strictEqual(other.code, 2, other.stderr);
  match(other.stderr, /does not fit the manifest: .*Q4_K_M: its files are Q8_0/);
  match(other.stderr, /hint: .*mm lock/);
  ok(!await exists(place.path(Q8)));

  await writeFile(lock, text.replace(`"repo": "${TINY}"`, `"repo": "${LARGE}"`));
  const foreign = await box.run(["sync", "--frozen"]);
  strictEqual(foreign.code, 2, foreign.stderr);
  match(foreign.stderr, new RegExp(`The lock has "${LARGE}" for "${TINY}:Q4_K_M"`));
  ok(!await exists(place.path(Q4)));
});

Deno.test("mm sync --frozen takes another repository for the wanted one when the Hub says that it was renamed", async () => {
  await using place = await open([`${TINY_FORMERLY}:Q4_K_M`]);
  const { hub, box, lock } = place;
  strictEqual((await box.run(["lock"])).code, 0);
  match(await readFile(lock, "utf8"), new RegExp(`"repo": "${TINY}"`));
  hub.clear();
  const green = await box.run(["sync", "--frozen", "--json"]);
  strictEqual(green.code, 0, green.stderr);
  deepStrictEqual(readDocument<Document>(green).results.map(({ repo, status }) => [repo, status]), [
    [TINY, "downloaded"],
  ]);
});

for (const args of [["sync"], ["sync", "--frozen"]]) {
  Deno.test(`mm ${args.join(" ")} ends with 5 when a file here was changed, and says what puts it right`, async () => {
    await using place = await open([`${TINY}:Q4_K_M`, `${TINY}:Q8_0`]);
    const { box } = place;
    strictEqual((await box.run(["lock"])).code, 0);
    strictEqual((await box.run(["sync"])).code, 0);
    const bytes = await readFile(place.path(Q4));
    const changed = Uint8Array.from(bytes, (byte, index) => index === 1000 ? byte ^ 1 : byte);
    await writeFile(place.path(Q4), changed);

    const red = await box.run([...args, "--json"]);
    strictEqual(red.code, args.length === 1 ? 11 : 5, red.stderr);
    const error = readDocument<Document>(red).results.find(({ status }) => status === "failed")?.error;
    strictEqual(error?.code, "CHECKSUM_MISMATCH");
    doesNotMatch(error.hints.join("\n"), /same command/);
    deepStrictEqual(await readFile(place.path(Q4)), Buffer.from(changed), "it may have been meant");

    const command = error.hints[0]?.match(/mm (verify --repair) "(.+)"$/) ?? [];
    strictEqual((await box.run([...command[1]?.split(" ") ?? [], command[2] ?? ""])).code, 0);
    deepStrictEqual(await readFile(place.path(Q4)), bytes);
    strictEqual((await box.run(args)).code, 0);

    await truncate(place.path(Q4), 1000);
    strictEqual((await box.run([...args, "-q"])).code, args.length === 1 ? 11 : 5);
    const forced = error.hints[1]?.match(/mm (pull --force) "(.+)"$/) ?? [];
    strictEqual((await box.run([...forced[1]?.split(" ") ?? [], forced[2] ?? ""])).code, 0);
    strictEqual((await box.run(args)).code, 0);
  });
}

/**
 * A lock and a library that somebody, or the disk, has changed: red, with a way out that exists.
 *
 * @module
 */
import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import { readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LARGE, sha256, startE2eHub, TINY, TINY_FORMERLY } from "../support/e2e_hub.ts";
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
  const box = stack.use(await openSandbox({ HF_ENDPOINT: hub.endpoint, HF_DOWNLOADER_MAX_RETRIES: "1" }));
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
  await using place = await open([`${TINY}:Q4_K_M`, `${TINY}:F16`]);
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
  match(foreign.stderr, new RegExp(`The lock has "${LARGE}" for "${TINY}:F16"`));
  ok(!await exists(place.path(Q4)));
  ok(!await exists(place.path("tiny-F16-00001-of-00003.gguf")), "nothing at all is fetched by such a lock");
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

Deno.test("mm lock says when it has other bytes than what is pinned here, which mm sync --frozen replaces", async () => {
  await using place = await open([`${TINY}:Q4_K_M`]);
  const { hub, box } = place;
  strictEqual((await box.run(["pull", `${TINY}@v1:Q4_K_M`])).code, 0);
  strictEqual((await box.run(["models", "pin", `${TINY}:Q4_K_M`])).code, 0);
  const locked = await box.run(["lock"]);
  strictEqual(locked.code, 0, locked.stderr);
  match(locked.stderr, /warning: Pinned here with other bytes .*Q4_K_M; mm sync --frozen replaces them/);
  const green = await box.run(["sync", "--frozen"]);
  strictEqual(green.code, 0, green.stderr);
  strictEqual(sha256(await readFile(place.path(Q4))), await hub.sha256(TINY, Q4));
  doesNotMatch((await box.run(["lock"])).stderr, /Pinned/);
});

Deno.test("mm lock puts a lock aside that cannot be read, and leaves that of a newer program alone", async () => {
  await using place = await open([`${TINY}:Q4_K_M`]);
  const { box, lock } = place;
  strictEqual((await box.run(["lock"])).code, 0);
  const text = await readFile(lock, "utf8");
  const conflict = `<<<<<<< HEAD\n${text}=======\n`;
  await writeFile(lock, conflict);
  const mended = await box.run(["lock"]);
  strictEqual(mended.code, 0, mended.stderr);
  match(mended.stderr, /could not be read \(line 1, .*put aside as ".*models\.lock\.json\.broken"/);
  strictEqual(await readFile(lock, "utf8"), text);
  strictEqual(await readFile(`${lock}.broken`, "utf8"), conflict);

  const newer = text.replace('"version": 1', '"version": 99');
  await writeFile(lock, newer);
  const refused = await box.run(["lock"]);
  strictEqual(refused.code, 2);
  match(refused.stderr, /is of version 99, which a newer mm has written\n/);
  strictEqual(await readFile(lock, "utf8"), newer);
});

for (const args of [["sync"], ["sync", "--frozen"], ["lock"]]) {
  Deno.test(`mm ${args.join(" ")} finds out once that the Hub is down, not once for each model`, async () => {
    await using place = await open([`${TINY}:Q4_K_M`, `${TINY}:Q8_0`, `${TINY}:F16`, LARGE]);
    const { box, hub } = place;
    strictEqual((await box.run(["lock"])).code, 0);
    await hub[Symbol.asyncDispose]();
    const finished = await box.run(args);
    strictEqual(finished.code, 6, finished.stderr);
    const attempts = finished.stderr.match(/trying again/g)?.length ?? 0;
    ok(attempts === 1, `${attempts} times was something tried again`);
    const named = args[0] === "lock" ? finished.stderr : finished.stdout + finished.stderr;
    for (const name of [`${TINY}:Q8_0`, LARGE]) ok(named.includes(name), named);
  });
}

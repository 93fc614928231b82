import assert from "node:assert/strict";
import { readFile, rename, stat, utimes, writeFile } from "node:fs/promises";
import { ModelManagerError } from "../../../../core/base/errors.ts";
import { parseLeftoverName } from "../../../../core/library/leftover_names.ts";
import type { OperationContext } from "../../../../core/operations/context.ts";
import { importModels } from "../../../../core/operations/import/import.ts";
import type { ImportReport, ImportRequest } from "../../../../core/operations/import/import_request.ts";
import { isSameFile } from "../../../../core/platform/links.ts";
import { tinyGguf } from "../../../support/app_box.ts";
import { makeTempDir, type TempDir } from "../../../support/temp_dir.ts";
import { openOperations } from "../operation_fixture.ts";

const NAME = "tiny-Q8_0.gguf";

async function runImport(context: OperationContext, request: ImportRequest): Promise<ImportReport> {
  const run = importModels(context, request);
  for (;;) {
    const next = await run.next();
    if (next.done === true) return next.value;
  }
}

/** A library, beside it a folder with a model, and a Hub that cannot be reached: being asked is the moment to act. */
async function openPlaces(dir: TempDir) {
  const bytes = await tinyGguf();
  const source = await dir.write(`app/org/tiny/${NAME}`, "");
  await writeFile(source, bytes);
  const library: TempDir = {
    ...dir,
    path: dir.join("models"),
    join: (...names) => dir.join("models", ...names),
  };
  const fixture = openOperations(library);
  const asking = (act: () => Promise<void>): OperationContext => ({
    ...fixture.context,
    hub: async () => {
      await act();
      throw new ModelManagerError("OFFLINE", "Offline", { hints: ["Go online"] });
    },
  });
  const place = library.join("org", "tiny", NAME);
  const request = { paths: [dir.join("app")] };
  const other = Uint8Array.from(bytes);
  other[other.length - 1] = (other.at(-1) ?? 0) ^ 255;
  return {
    ...{ fixture, source, place, request, asking, bytes, other },
    [Symbol.dispose]: () => fixture[Symbol.dispose](),
  };
}

async function isThere(path: string): Promise<boolean> {
  return await stat(path).then(() => true, () => false);
}

for (const copy of [false, true]) {
  Deno.test(`importModels() registers nothing that another file took the place of (copy: ${copy})`, async () => {
    await using dir = await makeTempDir();
    using places = await openPlaces(dir);
    const { source, place, other, request, fixture } = places;
    const before = await stat(source);
    const context = places.asking(async () => {
      await writeFile(`${source}.new`, other);
      await utimes(`${source}.new`, before.atime, before.mtime);
      await rename(`${source}.new`, source);
    });
    const { files: [file] } = await runImport(context, { ...request, copy });
    assert.equal(file?.status, "failed");
    assert.match(file.error?.message ?? "", /was changed while it was imported/);
    assert.equal(await isThere(place), false);
    assert.deepEqual(await fixture.context.library.entries(), []);
  });
}

Deno.test("importModels() registers nothing that was written to after it was hashed", async () => {
  await using dir = await makeTempDir();
  using places = await openPlaces(dir);
  const { source, place, other, request, fixture } = places;
  const before = await stat(source);
  const context = places.asking(async () => {
    await writeFile(source, other);
    await utimes(source, before.atime, before.mtime);
  });
  const { files: [file] } = await runImport(context, request);
  assert.equal(file?.status, "failed");
  assert.equal(await isThere(place), false);
  assert.deepEqual(await fixture.context.library.entries(), []);
});

Deno.test("importModels() takes what was touched and has the same bytes", async () => {
  await using dir = await makeTempDir();
  using places = await openPlaces(dir);
  const { source, place, bytes, request, fixture } = places;
  const context = places.asking(async () => {
    await writeFile(`${source}.new`, bytes);
    await rename(`${source}.new`, source);
  });
  const { files: [file] } = await runImport(context, request);
  assert.deepEqual([file?.status, await isSameFile(source, place)], ["linked", true]);
  const known = await fixture.context.library.knownFiles("org/tiny");
  assert.equal(known.get(NAME)?.state, "untouched");
});

Deno.test("importModels() sees in its place what was changed there meanwhile", async () => {
  await using dir = await makeTempDir();
  using places = await openPlaces(dir);
  const { source, place, bytes, other, request, fixture } = places;
  await dir.write(`models/org/tiny/${NAME}`, "");
  await writeFile(place, bytes);
  const { files: [file] } = await runImport(places.asking(() => Promise.resolve()), request);
  assert.equal(file?.status, "present");
  await writeFile(place, other);
  const later = new Date(Date.now() + 60_000);
  await utimes(place, later, later);
  assert.equal((await fixture.context.library.knownFiles("org/tiny")).get(NAME)?.state, "changed");
  assert.deepEqual(await readFile(source), Buffer.from(bytes));
});

Deno.test("importModels() gathers copies where a cleanup finds what a killed process leaves", async () => {
  await using dir = await makeTempDir();
  using places = await openPlaces(dir);
  const { place, request } = places;
  await Deno.mkdir(dir.join("models"));
  const seen = new Set<string>();
  const watcher = Deno.watchFs(dir.join("models"));
  const watching = (async () => {
    for await (const { paths } of watcher) {
      for (const path of paths) seen.add(path);
      if (paths.some((path) => path.endsWith("registry.json"))) break;
    }
  })();
  const { files: [file] } = await runImport(places.asking(() => Promise.resolve()), {
    ...request,
    copy: true,
  });
  await watching;
  assert.equal(file?.status, "copied");
  const models = [...seen].filter((path) => path.startsWith(dir.join("models", "org", "tiny")));
  const staged = models.filter((path) => path.endsWith(".part"));
  assert.equal(staged.length, 1);
  const leftover = parseLeftoverName(staged[0]?.slice(dir.join("models/org/tiny/.cache/").length) ?? "");
  assert.equal(leftover?.kind, "small-data");
  assert.ok(leftover.key !== undefined, "without its lock, a cleanup would have to wait");
  assert.deepEqual(models.filter((path) => path.endsWith(".tmp") && !path.includes(".cache")), []);
  const left = [...Deno.readDirSync(dir.join("models", "org", "tiny"))].map(({ name }) => name);
  assert.deepEqual([left, await isThere(place)], [[NAME], true]);
});

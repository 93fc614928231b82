/**
 * Models of other programs become models of the library without taking room twice.
 *
 * @module
 */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { lstat, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type AppBox, hubBytes, inode, openAppBox, tinyGguf } from "../support/app_box.ts";
import { type E2eHub, GATED, PLAIN, startE2eHub, TINY } from "../support/e2e_hub.ts";
import { openHfCacheBox } from "../support/hf_cache_box.ts";
import { PYTHON, PYTHON_NOTE } from "../support/python.ts";
import { exists, filesBelow, type FinishedProgram, readDocument } from "../support/run_program.ts";

interface Imported {
  readonly files: readonly {
    readonly source: string;
    readonly app: string;
    readonly status: string;
    readonly sizeBytes: number;
    readonly sha256: string | null;
    readonly reference: string | null;
    readonly repo: string | null;
    readonly commit: string | null;
    readonly path: string | null;
    readonly link: string | null;
    readonly reason: string | null;
    readonly error?: { readonly code: string };
  }[];
  readonly bytesSaved: number;
  readonly bytesCopied: number;
}

interface Listed {
  readonly models: readonly {
    readonly repo: string;
    readonly quant: string | null;
    readonly commit: string | null;
    readonly status: string;
  }[];
}

async function importAll(box: AppBox, ...args: string[]): Promise<Imported> {
  const finished = await box.run(["import", "--json", ...args]);
  strictEqual(finished.code, 0, finished.stderr + finished.stdout);
  return readDocument<Imported>(finished);
}

async function list(box: AppBox): Promise<Listed["models"]> {
  return readDocument<Listed>(await box.run(["list", "--json"])).models;
}

/** Everything below a folder with what tells whether it was changed. */
async function picture(folder: string): Promise<Record<string, string>> {
  const paths = await filesBelow(folder);
  return Object.fromEntries(
    await Promise.all(paths.map(async (path) => {
      const { size, mtimeMs, ino } = await lstat(join(folder, path));
      return [path, `${size} ${mtimeMs} ${ino}`] as const;
    })),
  );
}

const Q4 = "tiny-Q4_K_M.gguf";

async function putTiny(box: AppBox, hub: E2eHub, folder = "acme/tiny-GGUF", name = Q4): Promise<string> {
  return await box.put(join(box.lmStudio, folder, name), await hubBytes(hub, TINY, Q4));
}

Deno.test("mm import --from lmstudio links, identifies and registers; a pull then fetches nothing", async () => {
  await using hub = await startE2eHub();
  await using box = await openAppBox(hub);
  const source = await putTiny(box, hub);
  await box.put(join(box.lmStudio, "acme/tiny-GGUF/notes.txt"), "mine");
  const before = await picture(box.lmStudio);

  const { files: [file, ...more], bytesSaved } = await importAll(box, "--from", "lmstudio");
  deepStrictEqual(more, []);
  const place = join(box.modelsDir, TINY, Q4);
  strictEqual(file?.status, "linked");
  strictEqual(file.link, "hard");
  strictEqual(file.reference, `${TINY}:Q4_K_M`);
  strictEqual(file.commit, await hub.commit(TINY));
  strictEqual(file.path, place);
  strictEqual(file.sha256, await hub.sha256(TINY, Q4));
  strictEqual(bytesSaved, file.sizeBytes);
  strictEqual(await inode(place), await inode(source), "one file on the disk");
  deepStrictEqual(await picture(box.lmStudio), before, "nothing of LM Studio was changed");

  const [model] = await list(box);
  strictEqual(model?.status, "available");
  strictEqual(model.commit, await hub.commit(TINY));
  strictEqual((await box.run(["verify"])).code, 0);
  const pulled = readDocument<{ results: { status: string; bytesFetched: number }[] }>(
    await box.run(["pull", `${TINY}:Q4_K_M`, "--json"]),
  );
  strictEqual(pulled.results[0]?.status, "present");
  strictEqual(pulled.results[0]?.bytesFetched, 0);

  const again = await importAll(box, "--from", "lmstudio");
  strictEqual(again.files[0]?.status, "present");
  strictEqual(again.bytesSaved, 0);
});

Deno.test("mm import finds where a renamed file is from by its bytes", async () => {
  await using hub = await startE2eHub();
  await using box = await openAppBox(hub);
  const source = await box.put(box.join("stuff", "Tiny.q4_k_m.gguf"), await hubBytes(hub, TINY, Q4));
  const { files: [file] } = await importAll(box, box.join("stuff"));
  strictEqual(file?.repo, TINY);
  strictEqual(file.commit, await hub.commit(TINY));
  strictEqual(file.path, join(box.modelsDir, TINY, Q4), "under the name that it has on the Hub");
  strictEqual(await inode(file.path), await inode(source));
});

Deno.test("mm import --from ollama reads manifests, keeps strangers as local, and refuses damaged blobs", async () => {
  await using hub = await startE2eHub();
  await using box = await openAppBox(hub);
  const bytes = await hubBytes(hub, TINY, Q4);
  const hex = await box.putBlob(bytes);
  await box.putManifest("hf.co/acme/tiny-GGUF/Q4_K_M", [{ kind: "model", hex, sizeBytes: bytes.length }]);
  const strange = await tinyGguf();
  const strangeHex = await box.putBlob(strange);
  await box.putManifest("registry.ollama.ai/library/strange/3b", [
    { kind: "model", hex: strangeHex, sizeBytes: strange.length },
    { kind: "license", hex: await box.putBlob("free"), sizeBytes: 4 },
  ]);
  const bad = await box.putBlob("x".repeat(500));
  await writeFile(join(box.ollama, "blobs", `sha256-${bad}`), "y".repeat(500));
  await box.putManifest("registry.ollama.ai/library/bad/latest", [{
    kind: "model",
    hex: bad,
    sizeBytes: 500,
  }]);
  await box.putManifest("registry.ollama.ai/library/gone/latest", [
    { kind: "model", hex: "0".repeat(64), sizeBytes: 9 },
  ]);
  await box.put(join(box.ollama, "manifests/registry.ollama.ai/library/broken/latest"), "{");
  const before = await picture(box.ollama);

  const finished = await box.run(["import", "--from", "ollama", "--json"]);
  strictEqual(finished.code, 11, "some could not be imported");
  const { files } = readDocument<Imported>(finished);
  const by = (status: string) => files.filter((file) => file.status === status);
  deepStrictEqual(by("linked").map(({ reference }) => reference).sort(), [
    `${TINY}:Q4_K_M`,
    "local/strange:Q4_0",
  ]);
  const [strangeFile] = by("linked").filter(({ repo }) => repo === "local/strange");
  strictEqual(strangeFile?.path, join(box.modelsDir, "local/strange/strange-3b-Q4_0.gguf"));
  strictEqual(strangeFile.commit, null);
  strictEqual(await inode(strangeFile.path), await inode(join(box.ollama, "blobs", `sha256-${strangeHex}`)));
  deepStrictEqual(by("failed").map(({ error }) => error?.code), ["CHECKSUM_MISMATCH"]);
  deepStrictEqual(by("skipped").map(({ reason }) => reason).sort(), [
    "It is no manifest that can be read",
    "Its bytes are gone",
  ]);
  deepStrictEqual(await picture(box.ollama), before, "nothing of Ollama was changed");

  const again = readDocument<Imported>(await box.run(["import", "--from", "ollama", "--json"]));
  strictEqual(again.files.filter(({ status }) => status === "present").length, 2);
});

Deno.test("mm import --from hf-cache knows repository and commit without the network", async () => {
  await using hub = await startE2eHub();
  await using box = await openAppBox(hub);
  strictEqual((await box.run(["pull", PLAIN, "--to", "hf-cache", "-q"])).code, 0);
  const cache = box.join("hf", "hub");
  const before = await picture(cache);
  const requests = hub.requests.length;

  const { files } = await importAll(box, "--from", "hf-cache", "--offline");
  strictEqual(hub.requests.length, requests);
  ok(files.length >= 8);
  ok(files.every(({ status, commit }) => status === "linked" && commit !== null), JSON.stringify(files));
  const weights = join(box.modelsDir, PLAIN, "model.safetensors");
  strictEqual(
    await inode(weights),
    await inode(join(cache, "models--acme--plain/blobs", await hub.sha256(PLAIN, "model.safetensors"))),
  );
  deepStrictEqual(await picture(cache), before, "nothing of the cache was changed");
  const [model] = await list(box);
  strictEqual(model?.commit, await hub.commit(PLAIN));
  strictEqual((await box.run(["verify"])).code, 0);
  // The library outlives the cache.
  await rm(cache, { recursive: true });
  strictEqual((await box.run(["verify"])).code, 0);
});

Deno.test(
  `mm import --from hf-cache takes what Python has downloaded, but for what is damaged${PYTHON_NOTE}`,
  { ignore: PYTHON === undefined },
  async () => {
    await using hub = await startE2eHub();
    await using box = await openHfCacheBox(hub);
    await box.python([["snapshot", PLAIN], ["download", TINY, Q4]]);
    const blobs = join(box.cache, "models--acme--plain/blobs");
    await rm(join(blobs, await hub.sha256(PLAIN, "onnx/model.onnx")));
    await writeFile(join(box.cache, "models--acme--tiny-GGUF/blobs", await hub.sha256(TINY, Q4)), "damaged");
    const finished = await box.run(["import", "--from", "hf-cache", "--offline", "--json"]);
    strictEqual(finished.code, 11, finished.stderr);
    const { files } = readDocument<Imported>(finished);
    const weights = files.find(({ path }) => path?.endsWith("model.safetensors"));
    deepStrictEqual([weights?.status, weights?.link], ["linked", "hard"]);
    strictEqual(weights?.commit, await hub.commit(PLAIN));
    strictEqual(
      await inode(weights?.path ?? ""),
      await inode(join(blobs, await hub.sha256(PLAIN, "model.safetensors"))),
    );
    deepStrictEqual(files.filter(({ status }) => status === "skipped").map(({ reason }) => reason), [
      "It cannot be used: its bytes are gone",
    ]);
    deepStrictEqual(files.filter(({ status }) => status === "failed").map(({ error }) => error?.code), [
      "CHECKSUM_MISMATCH",
    ]);
    strictEqual((await box.run(["verify"])).code, 0);
  },
);

Deno.test("mm import --dry-run changes nothing; offline, a folder names the model", async () => {
  await using hub = await startE2eHub();
  await using box = await openAppBox(hub);
  const folder = box.join("disk");
  await box.put(join(folder, "me/mine/mine-Q8_0.gguf"), await tinyGguf());
  await box.put(join(folder, "loose-Q4_0.gguf"), await tinyGguf({ seed: 2 }));
  await box.put(join(folder, "other-00001-of-00002.gguf"), await tinyGguf({ seed: 3 }));
  await box.put(join(folder, "other-00002-of-00002.gguf"), await tinyGguf({ seed: 4 }));
  await box.put(join(folder, "page.gguf"), "<html>Not found</html>");
  await box.put(join(folder, "page.safetensors"), "<html>Not found</html>");
  await box.put(join(folder, "cut-Q8_0.gguf"), (await tinyGguf({ seed: 5 })).subarray(0, 1_000));
  await box.put(join(folder, "late.gguf.part"), "GG");
  await box.put(join(folder, "readme.txt"), "text");

  const planned = await importAll(box, folder, "--offline", "--dry-run");
  strictEqual(planned.files.filter(({ status }) => status === "planned").length, 4);
  strictEqual(await exists(box.modelsDir), false);

  const { files } = await importAll(box, folder, "--offline");
  deepStrictEqual(files.map(({ status, repo, reason }) => [status, repo, reason]).sort(), [
    ["linked", "local/loose-Q4_0", null],
    ["linked", "local/other", null],
    ["linked", "local/other", null],
    ["linked", "me/mine", null],
    ["skipped", null, "It is an unfinished download"],
    ["skipped", null, "It is no part of a model: the weights beside it are none"],
    ["skipped", null, 'It is no sound GGUF file: it does not begin with "GGUF"'],
    ["skipped", null, "It is no sound GGUF file: it ends within its header, at byte 1000"],
    ["skipped", null, "It is no sound safetensors file: it does not begin with the length of a header"],
  ]);
  deepStrictEqual((await list(box)).map(({ status, commit }) => [status, commit]), [
    ["available", null],
    ["available", null],
    ["available", null],
  ]);
  strictEqual(hub.requests.length, 0);
});

Deno.test("mm import never replaces a different file, and says so", async () => {
  await using hub = await startE2eHub();
  await using box = await openAppBox(hub);
  await putTiny(box, hub);
  const place = await box.put(join(box.modelsDir, TINY, Q4), "somebody's own");
  const { files: [file] } = await importAll(box, "--from", "lmstudio");
  strictEqual(file?.status, "skipped");
  match(file.reason ?? "", /^A different file has its place in the library/);
  strictEqual(await readFile(place, "utf8"), "somebody's own");
});

Deno.test("mm import registers what is in its place already, and marks what not everybody may have", async () => {
  await using hub = await startE2eHub();
  await using box = await openAppBox(hub);
  // Another file than the Hub's: whose it is, its folder tells.
  const bytes = await tinyGguf();
  await box.put(join(box.lmStudio, GATED, "gated-Q8_0.gguf"), bytes);
  await box.put(join(box.modelsDir, GATED, "gated-Q8_0.gguf"), bytes);
  // Whether the Hub tells the digests or not.
  const { files: [file] } = await importAll(box, "--from", "lmstudio");
  strictEqual(file?.status, "present");
  strictEqual(file.reference, `${GATED}:Q8_0`);
  const registry = JSON.parse(await readFile(join(box.modelsDir, "registry.json"), "utf8"));
  strictEqual(registry.models[0].metadata.gated, true);
});

Deno.test("mm import makes symbolic links to another disk, and copies on request", async (t) => {
  const other = await Deno.makeTempDir({ dir: "/dev/shm" }).catch(() => undefined);
  if (other === undefined) return;
  try {
    await using hub = await startE2eHub();
    await using box = await openAppBox(hub);
    if ((await stat(other)).dev === (await stat(box.path)).dev) return;
    const far = await tinyGguf();
    await t.step("a symbolic link", async () => {
      await box.put(join(other, "org/far/far-Q8_0.gguf"), far);
      const { files: [file] } = await importAll(box, other, "--offline");
      strictEqual(file?.link, "symbolic");
      const place = join(box.modelsDir, "org/far/far-Q8_0.gguf");
      ok((await lstat(place)).isSymbolicLink());
      strictEqual((await box.run(["verify"])).code, 0);
      const removed = readDocument<{ bytesFreed: number }>(
        await box.run(["remove", "org/far", "--yes", "--json"]),
      );
      strictEqual(removed.bytesFreed, 0);
      strictEqual(await exists(join(other, "org/far/far-Q8_0.gguf")), true);
    });
    await t.step("a copy", async () => {
      const { files: [file], bytesCopied, bytesSaved } = await importAll(box, other, "--offline", "--copy");
      deepStrictEqual([file?.status, file?.link, bytesCopied, bytesSaved], ["copied", "copy", far.length, 0]);
      await rename(join(other, "org"), join(other, "away"));
      strictEqual((await box.run(["verify"])).code, 0);
    });
  } finally {
    await rm(other, { recursive: true, force: true });
  }
});

Deno.test("mm import says what is wrong with what it is given", async (t) => {
  await using hub = await startE2eHub();
  await using box = await openAppBox(hub);
  const cases: readonly [args: string[], code: number, text: RegExp][] = [
    [[], 2, /Nothing says what to import/],
    [["x", "--from", "ollama"], 2, /Nothing says what to import/],
    [["--from", "steam"], 2, /steam/],
    [["nowhere"], 3, /nowhere" does not exist/],
    [["--from", "lmstudio"], 3, /There are no models of LM Studio/],
    [[box.modelsDir], 3, /does not exist/],
  ];
  for (const [args, code, text] of cases) {
    await t.step(["mm import", ...args].join(" "), async () => {
      const finished: FinishedProgram = await box.run(["import", ...args]);
      strictEqual(finished.code, code, finished.stderr);
      match(finished.stderr, text);
      match(finished.stderr, /hint: /);
      strictEqual(finished.stdout, "");
    });
  }
  await t.step("the library itself", async () => {
    await box.put(join(box.modelsDir, "a/b/c.gguf"), "GGUF");
    const { code, stderr } = await box.run(["import", box.modelsDir]);
    strictEqual(code, 2);
    match(stderr, /mm list --scan/);
  });
  await t.step("a text", async () => {
    await box.put(join(box.work, "a.txt"), "text");
    strictEqual((await box.run(["import", "a.txt"])).code, 2);
  });
  await t.step("an empty folder", async () => {
    const { code, stderr } = await box.run(["import", "."]);
    strictEqual(code, 0);
    match(stderr, /No model files were found/);
  });
});

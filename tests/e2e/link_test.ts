/**
 * Models of the library appear where other programs look, as links to the same bytes.
 *
 * @module
 */
import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type AppBox, inode, openAppBox, tinyGguf } from "../support/app_box.ts";
import { type E2eHub, startE2eHub } from "../support/e2e_hub.ts";
import { startFakeOllama } from "../support/fake_ollama.ts";
import { openHfCacheBox } from "../support/hf_cache_box.ts";
import { PYTHON, PYTHON_NOTE } from "../support/python.ts";
import { exists, type FinishedProgram, readDocument } from "../support/run_program.ts";

interface Linked {
  readonly results: readonly {
    readonly reference: string;
    readonly status: string;
    readonly name: string | null;
    readonly bytesSaved: number;
    readonly notes: readonly string[];
    readonly files: readonly {
      readonly target: string;
      readonly status: string;
      readonly link: string | null;
    }[];
    readonly error?: { readonly code: string; readonly message: string };
  }[];
  readonly bytesSaved: number;
}

const REPO = "acme/true-GGUF";
const FILE = "true-Q8_0.gguf";
const PROJECTOR = "mmproj-true-F16.gguf";
const CHATML = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}";

async function startHub(): Promise<E2eHub> {
  return await startE2eHub({
    models: [{
      repo: REPO,
      files: [
        { path: FILE, bytes: await tinyGguf({ chatTemplate: CHATML }), storage: "lfs" },
        { path: PROJECTOR, bytes: await tinyGguf({ seed: 3 }), storage: "lfs" },
        { path: "deep/deep-Q4_0.gguf", bytes: await tinyGguf({ seed: 4 }), storage: "lfs" },
        { path: "split-F16-00001-of-00002.gguf", sizeBytes: 3_000, storage: "lfs" },
        { path: "split-F16-00002-of-00002.gguf", sizeBytes: 3_000, storage: "lfs" },
        { path: "README.md", text: "# True\n" },
      ],
    }, { repo: "acme/tensors", files: [{ path: "model.safetensors", sizeBytes: 9_000 }] }],
  });
}

async function openBox(hub: E2eHub, ...references: string[]): Promise<AppBox> {
  const box = await openAppBox(hub);
  const finished = await box.run(["pull", ...references, "-q"]);
  strictEqual(finished.code, 0, finished.stderr);
  return box;
}

async function link(box: Pick<AppBox, "run">, ...args: string[]): Promise<Linked> {
  const finished = await box.run(["link", "--json", ...args]);
  strictEqual(finished.code, 0, finished.stderr + finished.stdout);
  return readDocument<Linked>(finished);
}

const statuses = ({ results }: Linked): string[] =>
  results.flatMap(({ files }) => files.map(({ status }) => status));

Deno.test("mm link --into lmstudio makes two levels of hard links, with the projector, once", async () => {
  await using hub = await startHub();
  await using box = await openBox(hub, `${REPO}:Q8_0`, `${REPO}:${PROJECTOR}`, `${REPO}:Q4_0`);
  await mkdir(join(box.home, ".lmstudio"));
  const place = join(box.modelsDir, REPO, FILE);
  const linked = await link(box, `${REPO}:Q8_0`, `${REPO}:Q4_0`, "--into", "lmstudio");
  deepStrictEqual(statuses(linked), ["linked", "linked", "linked", "present"]);
  ok(linked.results[0]?.files.every((file) => file.link === "hard"));
  const folder = join(box.lmStudio, REPO);
  strictEqual(await inode(join(folder, FILE)), await inode(place));
  strictEqual(await inode(join(folder, PROJECTOR)), await inode(join(box.modelsDir, REPO, PROJECTOR)));
  strictEqual(
    await inode(join(folder, "deep-Q4_0.gguf")),
    await inode(join(box.modelsDir, REPO, "deep/deep-Q4_0.gguf")),
  );
  ok(linked.bytesSaved > (await stat(place)).size);

  const again = await link(box, `${REPO}:Q8_0`, "--into", "lmstudio");
  deepStrictEqual(again.results.map(({ status, bytesSaved }) => [status, bytesSaved]), [["present", 0]]);
  // What is linked elsewhere frees nothing.
  const removed = readDocument<{ bytesFreed: number }>(
    await box.run(["remove", `${REPO}:Q8_0`, "--yes", "--json"]),
  );
  strictEqual(removed.bytesFreed, 0);
  strictEqual(await exists(join(folder, FILE)), true);
  // And comes back without a byte.
  strictEqual((await box.run(["import", "--from", "lmstudio", "-q"])).code, 0);
  strictEqual(await inode(place), await inode(join(folder, FILE)));
});

Deno.test("mm link --into DIR keeps paths, leaves what is different, and replaces it with --force", async () => {
  await using hub = await startHub();
  await using box = await openBox(hub, `${REPO}:Q4_0`, `${REPO}:Q8_0`);
  const target = await box.put(join(box.work, "out/deep/deep-Q4_0.gguf"), "mine");
  const planned = await box.run(["link", REPO, "--into", "out", "--dry-run", "--json"]);
  strictEqual(planned.code, 11);
  const finished = await box.run(["link", REPO, "--into", "out"]);
  strictEqual(finished.code, 11, finished.stderr);
  match(finished.stderr, /A different file is in the way: ".*deep-Q4_0.gguf"/);
  match(finished.stderr, /hint: .*--force/);
  strictEqual(await readFile(target, "utf8"), "mine");
  strictEqual(await inode(join(box.work, "out", FILE)), await inode(join(box.modelsDir, REPO, FILE)));

  const forced = await link(box, REPO, "--into", "out", "--force");
  deepStrictEqual(statuses(forced).sort(), ["linked", "present"]);
  strictEqual(await inode(target), await inode(join(box.modelsDir, REPO, "deep/deep-Q4_0.gguf")));
  await mkdir(join(box.work, "folders", FILE), { recursive: true });
  for (const into of ["folders", "hf-cache"]) {
    await mkdir(box.join("hf/hub/models--acme--true-GGUF/snapshots", await hub.commit(REPO), FILE), {
      recursive: true,
    });
    const hindered = await box.run(["link", `${REPO}:Q8_0`, "--into", into, "--force"]);
    strictEqual(hindered.code, 1, into);
    match(hindered.stderr, /A folder has the name that a file was to get[\s\S]*hint: Move the folder away/);
    doesNotMatch(hindered.stderr, /--force|already/);
  }
  const copied = await link(box, `${REPO}:Q8_0`, "--into", "copies", "--copy");
  deepStrictEqual([statuses(copied), copied.bytesSaved], [["copied"], 0]);
  ok(await inode(join(box.work, "copies", FILE)) !== await inode(join(box.modelsDir, REPO, FILE)));
  deepStrictEqual((await box.files()).filter((path) => path.endsWith(".tmp")), []);
});

Deno.test(`mm link --into hf-cache is what Python finds offline${PYTHON_NOTE}`, {
  ignore: PYTHON === undefined,
}, async () => {
  await using hub = await startHub();
  await using box = await openHfCacheBox(hub);
  strictEqual((await box.run(["pull", REPO, "-i", "*", "-q"])).code, 0);
  const linked = await link(box, REPO, "--into", "hf-cache");
  ok(linked.bytesSaved > 0);
  const [first] = linked.results;
  ok(first?.files.every(({ status, link }) => status === "linked" && link === "hard"));
  const blob = join(box.cache, "models--acme--true-GGUF/blobs", await hub.sha256(REPO, FILE));
  strictEqual(await inode(blob), await inode(join(box.modelsDir, REPO, FILE)));
  const [digest] = await box.python([["download", REPO, FILE]], { offline: true });
  strictEqual(digest, await hub.sha256(REPO, FILE));
  const scan = await box.pythonScan();
  deepStrictEqual(scan.warnings, []);
  deepStrictEqual(Object.keys(scan.repos), [REPO]);
  strictEqual((await box.run(["verify", "--hf-cache"])).code, 0);
  const again = await link(box, REPO, "--into", "hf-cache");
  ok(statuses(again).every((status) => status === "present"));
});

Deno.test("mm link and mm pull --to hf-cache replace bytes that are not what their name says", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await using hub = await startHub();
  await using box = await openBox(hub, `${REPO}:Q8_0`);
  const reference = `${REPO}:Q8_0`;
  const hex = await hub.sha256(REPO, FILE);
  const blob = box.join("hf/hub/models--acme--true-GGUF/blobs", hex);
  const good = await readFile(join(box.modelsDir, REPO, FILE));
  const bad = Uint8Array.from(good);
  bad[1000] = (bad[1000] ?? 0) ^ 1;
  for (
    const command of [["link", reference, "--into", "hf-cache"], ["pull", reference, "--to", "hf-cache"]]
  ) {
    await rm(blob, { force: true });
    await box.put(blob, bad);
    const finished = await box.run(command);
    strictEqual(finished.code, 0, finished.stderr);
    strictEqual((await readFile(blob)).equals(good), true, command[0]);
  }
  deepStrictEqual(statuses(await link(box, reference, "--into", "hf-cache")), ["present"]);
});

Deno.test("mm link --into hf-cache leaves a branch that means another commit", async () => {
  await using hub = await startHub();
  await using box = await openBox(hub, `${REPO}:Q8_0`);
  const ref = await box.put(box.join("hf/hub/models--acme--true-GGUF/refs/main"), "1".repeat(40));
  const linked = await link(box, `${REPO}:Q8_0`, "--into", "hf-cache");
  match(linked.results[0]?.notes[0] ?? "", /^"main" stays what it is in the cache/);
  strictEqual(await readFile(ref, "utf8"), "1".repeat(40));
  const forced = await link(box, `${REPO}:Q8_0`, "--into", "hf-cache", "--force");
  deepStrictEqual(forced.results[0]?.notes, []);
  strictEqual(await readFile(ref, "utf8"), await hub.commit(REPO));
});

/** A manifest of Ollama's with the texts of its small blobs. */
async function readManifest(box: AppBox, name: string) {
  const manifest = JSON.parse(await readFile(join(box.ollama, "manifests", ...name.split("/")), "utf8"));
  const blob = (layer: { digest: string }) => join(box.ollama, "blobs", layer.digest.replace(":", "-"));
  return { ...manifest, blob, text: (layer: { digest: string }) => readFile(blob(layer), "utf8") };
}

Deno.test("mm link --into ollama writes what Ollama reads", async () => {
  await using hub = await startHub();
  await using box = await openBox(hub, `${REPO}:Q8_0`, `${REPO}:${PROJECTOR}`);
  await mkdir(join(box.home, ".ollama"));
  const linked = await link(box, `${REPO}:Q8_0`, "--into", "ollama");
  strictEqual(linked.results[0]?.name, `hf.co/${REPO}:Q8_0`);
  deepStrictEqual(statuses(linked), ["linked", "linked", "written"]);
  const manifest = await readManifest(box, `hf.co/${REPO}/Q8_0`);
  deepStrictEqual(
    manifest.layers.map(({ mediaType }: { mediaType: string }) => mediaType.split(".").at(-1)),
    ["model", "projector", "template", "params"],
  );
  const [model, projector, template, params] = manifest.layers;
  strictEqual(await inode(manifest.blob(model)), await inode(join(box.modelsDir, REPO, FILE)));
  strictEqual(await inode(manifest.blob(projector)), await inode(join(box.modelsDir, REPO, PROJECTOR)));
  match(await manifest.text(template), /<\|im_start\|>\{\{ \.Role \}\}/);
  deepStrictEqual(JSON.parse(await manifest.text(params)), { stop: ["<|im_start|>", "<|im_end|>"] });
  const config = JSON.parse(await manifest.text(manifest.config));
  deepStrictEqual([config.model_format, config.model_family, config.file_type], ["gguf", "llama", "Q8_0"]);
  for (const layer of [...manifest.layers, manifest.config]) {
    const bytes = await readFile(manifest.blob(layer));
    strictEqual(`sha256:${createHash("sha256").update(bytes).digest("hex")}`, layer.digest);
    strictEqual(bytes.length, layer.size);
  }
  deepStrictEqual(statuses(await link(box, `${REPO}:Q8_0`, "--into", "ollama")), ["present", "present"]);
  // What is in Ollama is in the library already.
  const imported = readDocument<{ files: { status: string }[] }>(
    await box.run(["import", "--from", "ollama", "--json"]),
  );
  deepStrictEqual(imported.files.map(({ status }) => status), ["present", "present"]);
});

Deno.test("mm link --into ollama replaces no other model unasked, and refuses what Ollama cannot load", async (t) => {
  await using hub = await startHub();
  await using box = await openBox(hub, `${REPO}:Q8_0`, `${REPO}:Q4_0`, `${REPO}:F16`, "acme/tensors");
  await mkdir(join(box.home, ".ollama"));
  await link(box, `${REPO}:Q8_0`, "--into", "ollama", "--name", "mine");
  const fails = async (args: string[], code: number, text: RegExp): Promise<void> => {
    await t.step(args.join(" "), async () => {
      const finished: FinishedProgram = await box.run(["link", ...args, "--into", "ollama"]);
      strictEqual(finished.code, code, finished.stderr);
      match(finished.stderr, text);
      match(finished.stderr, /hint: /);
    });
  };
  await fails(
    [`${REPO}:Q4_0`, "--name", "mine"],
    1,
    /Ollama has a different model of the name "mine:latest"/,
  );
  await fails([`${REPO}:F16`], 1, /is in 2 files, and Ollama wants one/);
  await fails(["acme/tensors"], 1, /Ollama loads GGUF files/);
  await fails([`${REPO}:Q4_0`, "--name", "a/b/c/d/e"], 2, /no name that Ollama could give/);
  await fails([REPO, "--name", "x"], 2, /several models/);
  const forced = await link(box, `${REPO}:Q4_0`, "--into", "ollama", "--name", "mine", "--force");
  strictEqual(forced.results[0]?.name, "mine:latest");
  const manifest = await readManifest(box, "registry.ollama.ai/library/mine/latest");
  strictEqual(
    await inode(manifest.blob(manifest.layers[0])),
    await inode(join(box.modelsDir, REPO, "deep/deep-Q4_0.gguf")),
  );
});

Deno.test("mm link --into ollama lets a running Ollama describe the model", async (t) => {
  await using hub = await startHub();
  await using box = await openBox(hub, `${REPO}:Q8_0`, `${REPO}:Q4_0`);
  await mkdir(box.ollama, { recursive: true });
  await t.step("one that has the same folder", async () => {
    await using ollama = startFakeOllama({ directory: box.ollama });
    const env = { OLLAMA_HOST: ollama.address, HTTP_PROXY: "http://127.0.0.1:9", HF_ENDPOINT: hub.endpoint };
    const finished = await box.run(["link", `${REPO}:Q8_0`, "--into", "ollama", "--json"], { env });
    strictEqual(finished.code, 0, finished.stdout);
    deepStrictEqual(ollama.created, [{
      model: `hf.co/${REPO}:Q8_0`,
      files: { [FILE]: `sha256:${await hub.sha256(REPO, FILE)}` },
    }]);
    deepStrictEqual(ollama.uploads, [], "the bytes were linked");
    strictEqual(
      await exists(join(box.ollama, "manifests/hf.co")),
      false,
      "Ollama writes its manifests itself",
    );
  });
  await t.step("one that has another folder", async () => {
    await using ollama = startFakeOllama({ directory: box.work });
    const env = { OLLAMA_HOST: ollama.address };
    const finished = await box.run(["link", `${REPO}:Q4_0`, "--into", "ollama", "--json"], { env });
    match(readDocument<Linked>(finished).results[0]?.notes[0] ?? "", /another folder of models/);
    strictEqual(await exists(join(box.ollama, "manifests/hf.co", REPO, "Q4_0")), true);
  });
  await t.step("one that refuses", async () => {
    await using ollama = startFakeOllama({ directory: box.ollama, error: "unknown field" });
    const env = { OLLAMA_HOST: ollama.address };
    const finished = await box.run(["link", `${REPO}:Q4_0`, "--into", "ollama", "--name", "n", "--json"], {
      env,
    });
    match(readDocument<Linked>(finished).results[0]?.notes[0] ?? "", /unknown field/);
    strictEqual(await exists(join(box.ollama, "manifests/registry.ollama.ai/library/n/latest")), true);
  });
});

Deno.test("mm link says what is wrong with what it is given", async (t) => {
  await using hub = await startHub();
  await using box = await openBox(hub, `${REPO}:Q8_0`);
  const cases: readonly [args: string[], code: number, text: RegExp][] = [
    [[REPO], 2, /--into/],
    [["acme/none", "--into", "out"], 3, /acme\/none/],
    [[REPO, "--into", box.modelsDir], 2, /the library itself/],
    [[REPO, "--into", "lmstudio"], 3, /LM Studio was not found/],
    [[REPO, "--into", "ollama"], 3, /Ollama was not found/],
    [[REPO, "--into", "out", "--name", "x"], 2, /only be given to a model in Ollama/],
  ];
  for (const [args, code, text] of cases) {
    await t.step(args.join(" "), async () => {
      const finished = await box.run(["link", ...args]);
      strictEqual(finished.code, code, finished.stderr);
      match(finished.stderr, text);
      match(finished.stderr, /hint: /);
    });
  }
  await t.step("a changed file", async () => {
    const place = join(box.modelsDir, REPO, FILE);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await writeFile(place, "changed");
    const finished = await box.run(["link", REPO, "--into", "out"]);
    strictEqual(finished.code, 5, finished.stderr);
    match(finished.stderr, /mm verify --repair/);
    strictEqual(await exists(join(box.work, "out", FILE)), false);
  });
  await t.step("another disk, into the Hub's cache", async () => {
    const other = await Deno.makeTempDir({ dir: "/dev/shm" }).catch(() => undefined);
    if (other === undefined || (await stat(other)).dev === (await stat(box.path)).dev) return;
    try {
      await box.run(["pull", `${REPO}:Q4_0`, "-q"]);
      const env = { HF_HUB_CACHE: join(other, "hub") };
      const finished = await box.run(["link", `${REPO}:Q4_0`, "--into", "hf-cache"], { env });
      strictEqual(finished.code, 1, finished.stderr);
      match(finished.stderr, /on another disk[\s\S]*--copy/);
      strictEqual((await box.run(["link", `${REPO}:Q4_0`, "--into", "hf-cache", "--copy"], { env })).code, 0);
      strictEqual((await box.run(["verify", "--hf-cache"], { env })).code, 0);
      const linked = await link(box, `${REPO}:Q4_0`, "--into", other);
      strictEqual(linked.results[0]?.files[0]?.link, "symbolic");
    } finally {
      await rm(other, { recursive: true, force: true });
    }
  });
});

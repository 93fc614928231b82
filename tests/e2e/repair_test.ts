/**
 * Wrong bytes and how they are made right: `mm verify --repair`, and pulls that got a bad reply.
 *
 * @module
 */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import {
  chmod,
  link,
  open,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import type { PullResult, VerifiedFile } from "../../core/operations/model_manager.ts";
import { type E2eHub, LARGE, LARGE_PATH, sha256, startE2eHub } from "../support/e2e_hub.ts";
import {
  exists,
  type FinishedProgram,
  openSandbox,
  readDocument,
  type Sandbox,
  waitUntil,
} from "../support/run_program.ts";
import type { Fault } from "../support/faults.ts";
import { openSmallDisk } from "../support/small_disk.ts";

const MIB = 1024 * 1024;
const REPO = "acme/huge-GGUF";
const PATH = "huge-Q8_0.gguf";
const SIZE = 80 * MIB + 4321;
/** Of a file of this size. */
const PIECE = 2 * MIB;
const OTHER = "small-Q4_0.gguf";
const MODELS = [{
  repo: REPO,
  files: [{ path: PATH, sizeBytes: SIZE }, { path: OTHER, sizeBytes: 2_000_000 }],
}];

interface Place extends AsyncDisposable {
  readonly hub: E2eHub;
  readonly box: Sandbox;
  readonly path: string;
}

async function openPlace(
  options: { readonly faults?: readonly Fault[]; readonly pull?: boolean } = {},
): Promise<Place> {
  const hub = await startE2eHub({ models: MODELS, fileHostFaults: options.faults ?? [] });
  const box = await openSandbox({ HF_ENDPOINT: hub.endpoint });
  if (options.pull !== false) {
    const pulled = await box.run(["pull", `${REPO}:Q8_0`]);
    strictEqual(pulled.code, 0, pulled.stderr);
    hub.clear();
  }
  return {
    hub,
    box,
    path: join(box.modelsDir, REPO, PATH),
    async [Symbol.asyncDispose]() {
      await box[Symbol.asyncDispose]();
      await hub[Symbol.asyncDispose]();
    },
  };
}

async function flip(path: string, ...positions: readonly number[]): Promise<void> {
  await using file = await open(path, "r+");
  const byte = new Uint8Array(1);
  for (const position of positions) {
    await file.read(byte, 0, 1, position);
    byte[0] = (byte[0] ?? 0) ^ 0xff;
    await file.write(byte, 0, 1, position);
  }
}

function filesOf(finished: FinishedProgram): VerifiedFile[] {
  return readDocument<{ files: VerifiedFile[] }>(finished).files;
}

async function repair({ box }: Place, ...args: readonly string[]): Promise<VerifiedFile> {
  const finished = await box.run(["verify", "--repair", "--json", ...args]);
  strictEqual(finished.code, 0, finished.stdout + finished.stderr);
  const [file] = filesOf(finished);
  ok(file);
  return file;
}

async function checkRight({ hub, box, path }: Place): Promise<void> {
  strictEqual(sha256(await readFile(path)), await hub.sha256(REPO, PATH));
  hub.clear();
  const listed = readDocument<{ models: { status: string }[] }>(await box.run(["list", "--json"]));
  deepStrictEqual(listed.models.map(({ status }) => status), ["available"]);
  const pulled = await box.run(["pull", `${REPO}:Q8_0`, "--json"]);
  strictEqual(readDocument<{ results: PullResult[] }>(pulled).results[0]?.status, "present");
  strictEqual(hub.bodyBytes(), 0);
  const { folder, hex } = { folder: join(box.modelsDir, REPO, ".cache"), hex: await hub.sha256(REPO, PATH) };
  for (const kind of ["part", "journal", "bad", "lock"]) {
    strictEqual(await exists(join(folder, `${hex}.${kind}`)), false, kind);
  }
}

Deno.test("mm verify --repair fetches only the bad pieces of a large file", async () => {
  await using place = await openPlace();
  const { hub, box, path } = place;
  await flip(path, 35 * MIB + 17);
  const bad = await box.run(["verify"]);
  strictEqual(bad.code, 5, bad.stderr);
  match(bad.stderr, /^hint: Fetch only what is wrong: mm verify --repair$/m);
  strictEqual(hub.requests.length, 0);

  const offline = await box.run(["verify", "--repair", "--offline", "--json"]);
  strictEqual(offline.code, 9, offline.stdout);
  const [refused] = filesOf(offline);
  deepStrictEqual([refused?.status, refused?.error?.code], ["corrupt", "OFFLINE"]);
  strictEqual(hub.requests.length, 0);
  strictEqual(
    await exists(join(box.modelsDir, REPO, ".cache", `${await hub.sha256(REPO, PATH)}.part`)),
    false,
  );

  const repaired = await box.run(["verify", "--repair"]);
  strictEqual(repaired.code, 0, repaired.stderr);
  match(repaired.stdout, /^repaired +acme\/huge-GGUF/m);
  match(repaired.stderr, /^Repaired ".*huge-Q8_0\.gguf" with 2\.10 MB$/m);
  // A lane that is cut off on a busy machine has been sent more than it took.
  ok(hub.bodyBytes() >= PIECE && hub.bodyBytes() < SIZE / 4, `${hub.bodyBytes()} bytes were sent`);
  await checkRight(place);
});

Deno.test("mm verify --repair never writes to bytes that have another name", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await using place = await openPlace();
  const { box, path } = place;
  const theirs = join(box.modelsDir, "..", "theirs.gguf");
  await flip(path, 35 * MIB + 17);
  await link(path, theirs);
  await chmod(path, 0o444);
  const damaged = sha256(await readFile(theirs));
  const linked = await repair(place);
  deepStrictEqual([linked.status, linked.bytesFetched], ["repaired", PIECE]);
  strictEqual(sha256(await readFile(theirs)), damaged, "the other program's bytes were written to");
  await checkRight(place);

  await rm(path);
  await symlink(theirs, path);
  strictEqual((await repair(place)).status, "repaired");
  strictEqual(sha256(await readFile(theirs)), damaged, "the link was written through");
  await checkRight(place);

  // What we may not write to is another program's as well, though it has taken its own name away.
  await flip(path, 35 * MIB + 17);
  await chmod(path, 0o444);
  strictEqual((await repair(place)).status, "repaired");
  await checkRight(place);
  const left = await readdir(join(box.modelsDir, REPO, ".cache"));
  deepStrictEqual(left.filter((name) => name.endsWith(".tmp")), []);
});

Deno.test("mm verify --repair mends several places, a cut end and a surplus, and needs no network for what is well", async () => {
  await using place = await openPlace();
  const { hub, box, path } = place;
  await flip(path, 3, 40 * MIB, 40 * MIB + 99, SIZE - 1);
  const file = await repair(place);
  deepStrictEqual([file.status, file.bytesFetched], ["repaired", 2 * PIECE + 4321]);
  await checkRight(place);

  await truncate(path, 75 * MIB);
  const cut = await repair(place, REPO);
  strictEqual(cut.status, "repaired");
  // From the beginning of the piece that was cut on.
  strictEqual(cut.bytesFetched, SIZE - 74 * MIB);
  await checkRight(place);

  await truncate(path, SIZE + 1_000_000);
  const long = await repair(place);
  deepStrictEqual([long.status, long.bytesFetched], ["repaired", 0]);
  strictEqual((await stat(path)).size, SIZE);
  await checkRight(place);

  hub.clear();
  const well = await box.run(["verify", "--repair", "--offline"]);
  strictEqual(well.code, 0, well.stderr);
  strictEqual(hub.requests.length, 0);
});

Deno.test("mm verify --repair fetches the whole file where the digests of its pieces are damaged, well or badly", async () => {
  await using place = await openPlace();
  const { hub, box, path } = place;
  const notes = join(box.modelsDir, REPO, ".cache", `${await hub.sha256(REPO, PATH)}.pieces`);
  const sound = await readFile(notes, "utf8");
  const { prefixes } = JSON.parse(sound);
  // Still well formed: one digest is another.
  for (const damaged of [sound.replace(prefixes[3], prefixes[4]), sound.slice(0, 300)]) {
    await flip(path, 20 * MIB);
    await writeFile(notes, damaged);
    const finished = await box.run(["verify", "--repair"]);
    strictEqual(finished.code, 0, finished.stderr);
    match(finished.stdout, /^repaired +acme\/huge-GGUF/m);
    await checkRight(place);
    strictEqual(await readFile(notes, "utf8"), sound, "they are recorded anew");
  }
});

Deno.test("mm verify --repair that is killed leaves the file as it was or better, and goes on", async () => {
  await using place = await openPlace();
  const { hub, box, path } = place;
  await flip(path, 10 * MIB, 40 * MIB, 70 * MIB);
  const damaged = sha256(await readFile(path));
  hub.bytesPerSecond = 700_000;
  await using running = box.start(["verify", "--repair"]);
  await waitUntil("a piece is under way", () => hub.bodyBytes() > MIB);
  running.signal("SIGKILL");
  await running.finished;
  strictEqual(sha256(await readFile(path)), damaged, "unproved bytes are in the visible file");
  hub.bytesPerSecond = undefined;
  hub.clear();
  const file = await repair(place);
  strictEqual(file.status, "repaired");
  ok((file.bytesFetched ?? 0) < 3 * PIECE, `${file.bytesFetched} bytes were fetched again`);
  await checkRight(place);
});

Deno.test("mm verify --repair pulls what is missing or has no digests of pieces, and says what cannot be had", async () => {
  await using place = await openPlace();
  const { hub, box, path } = place;
  strictEqual((await box.run(["pull", `${REPO}:Q4_0`])).code, 0);
  const other = join(box.modelsDir, REPO, OTHER);
  await flip(other, 1_000_000);
  await rm(path);
  const finished = await box.run(["verify", "--repair", "--json"]);
  strictEqual(finished.code, 0, finished.stdout);
  const fetched = new Map(filesOf(finished).map((file) => [file.path, [file.status, file.bytesFetched]]));
  deepStrictEqual(fetched.get(other), ["repaired", 2_000_000]);
  deepStrictEqual(fetched.get(path), ["repaired", SIZE]);
  strictEqual((await box.run(["verify"])).code, 0);

  // The digests of the pieces were recorded anew, and the Hub has lost one of the files.
  await flip(path, 5);
  await flip(other, 5);
  hub.clear();
  await using poor = await startE2eHub({
    models: MODELS,
    hubFaults: [{
      when: (request) => request.url.endsWith(OTHER),
      effect: { type: "status", status: 404, headers: { "x-error-code": "EntryNotFound" } },
    }],
  });
  const partly = await box.run(["verify", "--repair"], { env: { HF_ENDPOINT: poor.endpoint } });
  strictEqual(partly.code, 5, partly.stderr);
  match(partly.stdout, /^repaired .*huge-Q8_0/m);
  match(partly.stdout, /^corrupt .*small-Q4_0/m);
  match(partly.stderr, /^error: ".*small-Q4_0\.gguf": Repository "acme\/huge-GGUF" has no file/m);
  strictEqual(sha256(await readFile(path)), await hub.sha256(REPO, PATH));
});

Deno.test("mm pull mends a bad reply with less than the whole file fetched again, and says where it was", async () => {
  const badReply: Fault = {
    when: (request) => request.headers.get("range")?.startsWith("bytes=0-") === true,
    times: 1,
    effect: { type: "corrupt", position: 5 * MIB },
  };
  await using place = await openPlace({ faults: [badReply], pull: false });
  const { box, hub } = place;
  const pulled = await box.run(["pull", `${REPO}:Q8_0`]);
  strictEqual(pulled.code, 0, pulled.stderr);
  match(pulled.stderr, /^retry: .*are wrong: expected sha256:.*fetching them again to find the bad piece/m);
  match(pulled.stderr, /^mended: huge-Q8_0\.gguf: wrong bytes were found from 4194304 to 6291456 and/m);
  match(
    pulled.stderr,
    /"huge-Q8_0\.gguf" is what the Hub has, but no sound GGUF file: it does not begin with/,
  );
  const bytes = hub.bodyBytes();
  ok(bytes > SIZE && bytes < 1.9 * SIZE, `${bytes} bytes were sent`);
  const history = readDocument<{ records: { status: string; bytesFetched: number; retries: number }[] }>(
    await box.run(["history", "list", "--json"]),
  );
  const [record] = history.records;
  deepStrictEqual([record?.status, record?.retries], ["completed", 1]);
  ok((record?.bytesFetched ?? 0) > SIZE && (record?.bytesFetched ?? 0) <= bytes);
  await checkRight(place);
});

Deno.test("mm verify --repair on a disk that becomes full ends with 8, says what is missing, and goes on", async () => {
  await using disk = await openSmallDisk(56 * MIB, "a repair on a disk that becomes full");
  if (disk === undefined) return;
  await using hub = await startE2eHub();
  await using box = await openSandbox({ HF_ENDPOINT: hub.endpoint, MM_MODELS_DIR: disk.path });
  await box.write("config/model-manager/config.json", `{"cleanup":{"reserve":0}}`);
  strictEqual((await box.run(["pull", LARGE])).code, 0);
  const path = join(disk.path, LARGE, LARGE_PATH);
  await flip(path, 1_000_000);
  const damaged = sha256(await readFile(path));

  hub.clear();
  hub.bytesPerSecond = 200_000;
  await using running = box.start(["verify", "--repair"]);
  await waitUntil("bytes are under way", () => hub.bodyBytes() > 2 * MIB);
  await disk.fill("other", 40 * MIB).catch(() => {}); // As much as there is.
  const stopped = await running.finished;
  strictEqual(stopped.code, 8, stopped.stderr);
  match(
    stopped.stderr,
    /^error: ".*": No space left in ".*": \d\d\.\d MB still to download, .* are missing$/m,
  );
  match(stopped.stderr, /^hint: .*mm cleanup/m);
  strictEqual(sha256(await readFile(path)), damaged);

  // Before it begins, the same is said.
  hub.bytesPerSecond = undefined;
  const refused = await box.run(["verify", "--repair", "--json"]);
  strictEqual(refused.code, 8, refused.stdout);
  match(filesOf(refused)[0]?.error?.message ?? "", /^Not enough space in .* are missing$/);
  await rm(join(disk.path, "other"));
  const repaired = await box.run(["verify", "--repair"]);
  strictEqual(repaired.code, 0, repaired.stderr);
  strictEqual(sha256(await readFile(path)), await hub.sha256(LARGE, LARGE_PATH));
});

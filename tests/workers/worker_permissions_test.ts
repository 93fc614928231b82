import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { FromWorker, ToWorker, WorkerKind } from "../../core/download/worker_protocol.ts";
import { WorkerPool } from "../../core/download/worker_pool.ts";
import { TransferSlots } from "../../core/download/transfer_slots.ts";
import { spawnWorker } from "../../workers/spawn.ts";
import { canConfine, workerPermissions } from "../../workers/worker_permissions.ts";
import { runDeno } from "../support/run_deno.ts";
import { makeTempDir } from "../support/temp_dir.ts";

const MODULE = JSON.stringify(new URL("../../workers/worker_permissions.ts", import.meta.url).href);

/** What a thread says to one request, with only these folders of its own. */
async function ask(
  kind: WorkerKind,
  folder: string,
  request: (slot: number) => ToWorker,
): Promise<FromWorker> {
  const worker = spawnWorker(kind, { folders: [folder] });
  try {
    const slots = new TransferSlots();
    const answer = new Promise<FromWorker>((resolve, reject) => {
      worker.onMessage = (message) => message.type === "replied" ? undefined : resolve(message);
      worker.onCrash = (reason) => reject(new Error(reason));
    });
    worker.postMessage({ type: "open", slots: slots.buffer, connections: 1 });
    worker.postMessage(request(slots.lease(0, 1000)));
    return await answer;
  } finally {
    worker.terminate();
  }
}

const hash = (path: string) => (slot: number): ToWorker => ({
  type: "hash",
  id: 1,
  slot,
  request: { path, sizeBytes: 3, algorithm: "sha256", pieceBytes: 0 },
});

const segment = (url: string, path: string) => (slot: number): ToWorker => ({
  type: "segment",
  id: 1,
  slot,
  request: { url, headers: {}, range: { start: 0, end: 3 }, fileSizeBytes: 3, path, digest: "sha256" },
});

/** Why it failed; `undefined` when it did not. */
function failure(message: FromWorker): string | undefined {
  return message.type === "failed" ? JSON.stringify(message.failure) : undefined;
}

Deno.test("threads of this program are confined: its own configuration is in force", () => {
  assert.equal(canConfine(), true);
});

Deno.test("a thread that fetches reads and writes in its folders and nowhere else", async () => {
  await using dir = await makeTempDir();
  await using other = await makeTempDir();
  await Deno.writeTextFile(dir.join("own"), "abc");
  await Deno.writeTextFile(other.join("foreign"), "abc");
  using server = await startServer();
  assert.equal((await ask("download", dir.path, hash(dir.join("own")))).type, "hash-done");
  for (const path of ["/etc/passwd", other.join("foreign"), dir.join("..", "x")]) {
    assert.match(failure(await ask("download", dir.path, hash(path))) ?? "", /Requires read access/, path);
  }
  const done = await ask("download", dir.path, segment(server.url, dir.join("new")));
  assert.equal(failure(done), undefined);
  assert.equal(await Deno.readTextFile(dir.join("new")), "abc");
  const refused = await ask("download", dir.path, segment(server.url, other.join("new")));
  assert.match(failure(refused) ?? "", /Requires (?:read|write) access/);
  assert.equal(await Deno.stat(other.join("new")).catch(() => undefined), undefined);
});

Deno.test("a thread that hashes neither writes nor connects", async () => {
  await using dir = await makeTempDir();
  await using other = await makeTempDir();
  await Deno.writeTextFile(other.join("elsewhere"), "abc");
  using server = await startServer();
  assert.equal((await ask("hash", dir.path, hash(other.join("elsewhere")))).type, "hash-done");
  const refused = await ask("hash", dir.path, segment(server.url, dir.join("new")));
  assert.match(failure(refused) ?? "", /Requires (?:net|write) access|Not allowed/);
  assert.equal(server.requests, 0);
});

/** A thread with the same permissions and code of its own. */
const PROBE = `
  const attempts = {
    run: () => new Deno.Command("true").outputSync(),
    env: () => Deno.env.get("HOME"),
    passwd: () => Deno.readTextFileSync("/etc/passwd"),
    write: () => Deno.writeTextFileSync("/tmp/mm-probe-never", ""),
    hostname: () => Deno.hostname(),
    ffi: () => Deno.dlopen("/lib/none.so", {}),
  };
  const could = [];
  for (const [name, attempt] of Object.entries(attempts)) {
    try { attempt(); could.push(name); } catch (error) { if (error.name !== "NotCapable") could.push(name + error); }
  }
  postMessage(could);
`;

Deno.test("threads cannot run programs, look at variables, or ask who the machine is", async () => {
  const url = `data:text/javascript,${encodeURIComponent(PROBE)}`;
  for (const [kind, could] of [["download", []], ["hash", ["passwd"]]] as const) {
    const permissions = workerPermissions(kind, { folders: ["/nowhere/models"] });
    const worker = new Worker(url, { type: "module", deno: { permissions } });
    const said = await new Promise((resolve, reject) => {
      worker.onmessage = (event) => resolve(event.data);
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message));
      };
    });
    worker.terminate();
    assert.deepEqual(said, could, kind);
  }
});

Deno.test("workerPermissions() asks for no more than the process has", async () => {
  const script = `import { workerPermissions } from ${MODULE};
    const { read, write, sys } = workerPermissions("download", { folders: ["/m/a", "/m/b"] });
    console.log(JSON.stringify([read, write, sys]));`;
  const of = async (...flags: string[]): Promise<unknown> => {
    const { stdout } = await runDeno(script, [], { flags: ["--no-prompt", ...flags] });
    return JSON.parse(stdout);
  };
  const folders = ["/m/a", "/m/b"];
  const linux = Deno.build.os === "linux" || Deno.build.os === "darwin";
  if (linux) assert.deepEqual(await of("-A"), [folders, folders, ["setPriority"]]);
  assert.deepEqual(await of("--allow-read=/m", "--allow-write=/m/a"), [folders, "inherit", false]);
  // A thread with a list of its own would have to have all of it.
  assert.deepEqual(await of("-A", "--deny-read=/m/a/secret"), ["inherit", folders, ["setPriority"]]);
});

Deno.test("canConfine() is true only where the options of threads are surely on", async () => {
  const script = `import { canConfine } from ${MODULE}; console.log(canConfine());`;
  const of = async (flags: string[], env: Record<string, string> = {}): Promise<string> => {
    const { stdout } = await runDeno(script, [], { flags: ["--no-prompt", ...flags], env });
    return stdout.trim();
  };
  assert.equal(await of(["-A", "--no-config"]), "false");
  const inherited = { MM_RESTARTED_WITH_KV: "1" };
  assert.equal(await of(["-A", "--no-config"], inherited), "false", "somebody else's");
  const own = { MM_RESTARTED_WITH_KV: String(Deno.pid) };
  assert.equal(await of(["-A", "--no-config"], own), "true", "started by us");
  assert.equal(await of(["--no-config"], own), "false", "not to be read");
});

interface SmallServer extends Disposable {
  readonly url: string;
  readonly requests: number;
}

/** A file of three bytes. */
async function startServer(): Promise<SmallServer> {
  let requests = 0;
  const server = createServer((_request, response) => {
    requests++;
    response.writeHead(206, { "content-range": "bytes 0-2/3", "content-length": "3" });
    response.end("abc");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/f`,
    get requests() {
      return requests;
    },
    [Symbol.dispose]: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

Deno.test({
  name: "files where only who has all rights may go are reached by threads that have them",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const folder = await Deno.makeTempDir({ dir: "/dev/shm" });
    await using dir = await makeTempDir();
    try {
      await Deno.writeTextFile(`${folder}/a`, "abc");
      await Deno.symlink(folder, dir.join("models"));
      assert.match(failure(await ask("hash", folder, hash(`${folder}/a`))) ?? "", /Requires all access/);
      for (const path of [`${folder}/a`, dir.join("models", "a")]) {
        using pool = new WorkerPool({ spawnWorker, downloadWorkers: 1, hashWorkers: 1, connections: 1 });
        const request = { path, sizeBytes: 3, algorithm: "sha256", pieceBytes: 0 } as const;
        const signal = new AbortController().signal;
        // Side by side, so that more than one learns it the hard way.
        const results = await Promise.all(
          [1, 2, 3].map(() => pool.hashFile(request, { slot: pool.slots.lease(0, 3), signal })),
        );
        assert.equal(results.length, 3, path);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

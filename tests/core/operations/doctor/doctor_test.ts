import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { settingsWithoutFiles } from "../../../../core/config/mod.ts";
import type { Fetch } from "../../../../core/http/fetch.ts";
import { Library } from "../../../../core/library/library.ts";
import { CHECK_GROUPS } from "../../../../core/operations/doctor/check.ts";
import { doctor, type DoctorHost, doctorHost } from "../../../../core/operations/doctor/doctor.ts";
import { makeTempDir, type TempDir } from "../../../support/temp_dir.ts";
import { settle, TestClock } from "../../../support/test_clock.ts";

const HUB = "http://hub.test";

function hostIn(
  dir: TempDir,
  options: { readonly fetch: Fetch; readonly offline?: boolean; readonly clock: TestClock },
) {
  const { settings, origins } = settingsWithoutFiles({
    home: dir.path,
    workingDirectory: dir.path,
    environment: {},
    options: [
      { setting: "endpoint", name: "--endpoint", text: HUB },
      { setting: "models_dir", name: "--models-dir", text: dir.join("models") },
    ],
  });
  const { clock, ...others } = options;
  const context: DoctorHost["context"] = {
    clock,
    library: new Library({ modelsDir: settings.models_dir, clock }),
    ownFolders: [],
    settings: {
      connections: 8,
      maxConnections: 16,
      stallTimeoutMs: 1,
      timeoutMs: 1,
      maxRetries: 0,
      reserveBytes: 0,
      cleanupAgeMs: 1,
      maxTotalBytes: undefined,
      updateEveryMs: undefined,
    } as DoctorHost["context"]["settings"],
    userAgent: "test",
    memoryBytes: undefined,
  };
  const folder = (name: string): string => dir.join(name);
  return doctorHost({
    settings,
    origins,
    environment: { HF_TOKEN: "hf_abcdefghijklmnop" },
    directories: {
      home: dir.path,
      config: folder("config"),
      state: folder("state"),
      cache: folder("cache"),
      logs: folder("logs"),
      modelsDefault: folder("models"),
    },
    ...others,
  }, {
    context,
    store: {
      isFile: true,
      location: dir.join("state", "state.kv"),
      open: () => Promise.reject(new Error("closed")),
    },
    queueOwner: () => Promise.resolve(undefined),
  });
}

const nobody: Fetch = () => Promise.reject(new Error("nobody is to be asked"));

Deno.test("doctor() gives every check once, in groups, and leaves nothing on the disk", async () => {
  await using dir = await makeTempDir();
  const report = await doctor(hostIn(dir, { fetch: nobody, offline: true, clock: new TestClock() }));
  assert.deepEqual(report.checks.filter(({ status }) => status === "problem"), []);
  assert.equal(report.ok, true);
  const ids = report.checks.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  const groups = report.checks.map(({ group }) => CHECK_GROUPS.indexOf(group));
  assert.deepEqual(groups, groups.toSorted((a, b) => a - b));
  assert.deepEqual(new Set(groups).size, CHECK_GROUPS.length);
  assert.deepEqual(await readdir(dir.path), []);
});

Deno.test("doctor() gives a network that is silent four seconds in all, and tells it to stop", async () => {
  await using dir = await makeTempDir();
  const clock = new TestClock();
  const signals: (AbortSignal | null | undefined)[] = [];
  const asked = Promise.withResolvers<void>();
  const fetch: Fetch = (_input, init) => {
    signals.push(init?.signal);
    asked.resolve();
    return new Promise(() => {});
  };
  const running = doctor(hostIn(dir, { fetch, clock }));
  await asked.promise;
  await settle();
  await clock.advance(4_000);
  const { checks, ok } = await running;
  assert.equal(ok, false);
  const endpoint = checks.find(({ id }) => id === "endpoint");
  assert.deepEqual([endpoint?.status, endpoint?.detail], ["problem", `"${HUB}" does not answer within 4 s`]);
  assert.deepEqual(checks.filter(({ status }) => status === "problem").map(({ id }) => id), ["endpoint"]);
  assert.ok(signals.length > 0 && signals.every((signal) => signal?.aborted));
  assert.doesNotMatch(JSON.stringify(checks), /abcdefghijklmnop/);
});

Deno.test("doctor() looks at no folder below a home that nobody knows", async () => {
  await using dir = await makeTempDir();
  const host = hostIn(dir, { fetch: nobody, offline: true, clock: new TestClock() });
  const homeProblem = { code: "CONFIG_INVALID", message: "No home", hints: ["Set it"], causes: [] } as const;
  const { checks } = await doctor({ ...host, origins: new Map([["models_dir", { source: "default" }]]) }, {
    homeProblem,
  });
  assert.deepEqual(checks.filter(({ status }) => status !== "ok").map(({ id }) => id), ["home"]);
  assert.deepEqual(checks.filter(({ group }) => ["disk", "state", "library"].includes(group)), []);
  const named = await doctor(host, { homeProblem });
  assert.ok(named.checks.some(({ id }) => id === "models_dir"));
  assert.ok(!named.checks.some(({ id }) => id === "state_dir"));
});

Deno.test("doctor() names the file host when that is the one who is silent", async () => {
  await using dir = await makeTempDir();
  const commit = "c".repeat(40);
  const sha256 = "a".repeat(64);
  const asked = Promise.withResolvers<void>();
  const file = { path: "a.gguf", sizeBytes: 9, sha256, commit };
  await dir.write(
    "models/registry.json",
    JSON.stringify({
      version: 1,
      models: [{ modelId: "acme/m", version: commit, metadata: { files: [file] } }],
    }),
  );
  const fetch: Fetch = (input) => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (url.host === "files.test") {
      asked.resolve();
      return new Promise<never>(() => {});
    }
    if (!url.pathname.includes("/resolve/")) return Promise.resolve(Response.json([]));
    const headers = {
      location: "http://files.test/a.gguf",
      "x-repo-commit": commit,
      "x-linked-size": "9",
      "x-linked-etag": `"${sha256}"`,
    };
    return Promise.resolve(new Response(null, { status: 302, headers }));
  };
  const clock = new TestClock();
  const running = doctor(hostIn(dir, { fetch, clock }));
  await asked.promise;
  await settle();
  await clock.advance(60_000);
  const check = (await running).checks.find(({ id }) => id === "file_host");
  assert.equal(check?.status, "problem");
  assert.match(check?.detail ?? "", /^"files\.test" does not answer within /);
});

/**
 * `mm doctor` on set-ups that are well and on set-ups that are broken, each by one thing: real processes, real disks,
 * nothing but loopback.
 *
 * @module
 */
import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Check, DoctorReport } from "../../core/operations/model_manager.ts";
import { startForwardProxy } from "../core/http/loopback_proxy.ts";
import { type E2eHub, startE2eHub, TINY, TOKEN } from "../support/e2e_hub.ts";
import { deadEndpoint } from "../support/faults.ts";
import { type FinishedProgram, openSandbox, readDocument, type Sandbox } from "../support/run_program.ts";
import { openSmallDisk } from "../support/small_disk.ts";

interface Examination extends DoctorReport, FinishedProgram {
  /** The check of this id. */
  readonly of: (id: string) => Check;
}

const CONFIG = fileURLToPath(new URL("../../deno.json", import.meta.url));

function openBox(hub: E2eHub, variables: Readonly<Record<string, string>> = {}): Promise<Sandbox> {
  return openSandbox({ HF_ENDPOINT: hub.endpoint, ...variables });
}

function examine(finished: FinishedProgram): Examination {
  const report = readDocument<DoctorReport>(finished);
  strictEqual(finished.code, report.ok ? 0 : 1, finished.stderr);
  strictEqual(report.ok, report.checks.every(({ status }) => status !== "problem"));
  return {
    ...finished,
    ...report,
    of(id) {
      const found = report.checks.filter((check) => check.id === id);
      strictEqual(found.length, 1, `${id} among ${report.checks.map(({ id }) => id).join(", ")}`);
      const [check] = found;
      if (check === undefined) throw new Error(id);
      return check;
    },
  };
}

async function doctor(box: Sandbox, args: readonly string[] = [], env: Record<string, string> = {}) {
  return examine(await box.run(["doctor", "--json", ...args], { env }));
}

/** Whether it is about the machine of the tests: its temporary folder may be in memory, or its disk nearly full. */
function isOfThisMachine({ id, detail }: Check): boolean {
  return id === "models_dir.space" || (id === "models_dir" && detail.includes("in memory"));
}

/** `id: status` of everything that is not well. */
function unwell({ checks }: DoctorReport): string[] {
  return checks.filter((check) => check.status !== "ok" && !isOfThisMachine(check))
    .map(({ id, status }) => `${id}: ${status}`);
}

/** With what rights `deno` gives by flags; `-A` is what `Sandbox.run` gives. */
async function runWith(box: Sandbox, flags: readonly string[], env: Record<string, string> = {}) {
  const program = fileURLToPath(new URL("../../main.ts", import.meta.url));
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", ...flags, program, "doctor", "--json"],
    cwd: box.work,
    clearEnv: true,
    env: { ...box.environment, ...env },
  }).output();
  const decoder = new TextDecoder();
  return examine({ code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) });
}

Deno.test("mm doctor finds a healthy set-up healthy, and changes nothing", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub, { HF_TOKEN: TOKEN, LANG: "C.UTF-8" });
  const before = await box.files();
  const fresh = await doctor(box);
  deepStrictEqual(unwell(fresh), []);
  deepStrictEqual(fresh.checks.filter(({ skipped }) => skipped).map(({ id }) => id), []);
  deepStrictEqual(await box.files(), before);
  match(fresh.of("file_host").detail, /gives ranges/);
  match(fresh.of("account").detail, /^ada \(token "default", read\)$/);
  doesNotMatch(fresh.stdout, new RegExp(TOKEN));

  const pulled = await box.run(["pull", `${TINY}:Q4_K_M`, "--quiet"]);
  strictEqual(pulled.code, 0, pulled.stderr);
  const used = await doctor(box);
  deepStrictEqual(unwell(used), []);
  match(used.of("state").detail, /whole, opens, reads and writes$/);
  match(used.of("state.records").detail, /history/);
  strictEqual(used.of("registry.files").detail, "1 file there, by name and size");
  match(used.of("file_host").more[0] ?? "", new RegExp(`"tiny-Q4_K_M.gguf" of "${TINY}"`));
  deepStrictEqual(hub.errors, []);
});

Deno.test("mm doctor is read by people and by loops", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub, { MM_MODEL_DIR: "/typing/mistake" });
  const human = await box.run(["doctor"]);
  strictEqual(human.code, 0, human.stdout + human.stderr);
  match(human.stdout, /^Program\n {2}ok {4}versions /);
  match(
    human.stdout,
    /\n {2}warn {2}variables +nobody reads MM_MODEL_DIR\n {8}hint: Did you mean MM_MODELS_DIR/,
  );
  match(human.stderr, /\n\d+ warnings?, \d+ ok, 1 not checked\n$/);
  const quiet = await box.run(["doctor", "-q"]);
  deepStrictEqual([quiet.code, quiet.stderr], [0, ""]);
  match(quiet.stdout, /^warning variables: nobody reads MM_MODEL_DIR\n/);
});

Deno.test("mm doctor --offline asks nobody", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub, { HF_TOKEN: TOKEN });
  const report = await doctor(box, ["--offline"]);
  deepStrictEqual(unwell(report), []);
  deepStrictEqual([report.of("network").skipped, report.of("network").detail], [
    true,
    "not checked: --offline, so nobody was asked",
  ]);
  strictEqual(hub.requests.length, 0);
});

Deno.test("mm doctor finds a damaged registry, missing files and a damaged state, and leaves them as they are", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  const pulled = await box.run(["pull", `${TINY}:Q4_K_M`, "--quiet"]);
  strictEqual(pulled.code, 0, pulled.stderr);
  await rm(pulled.stdout.trim());
  match((await doctor(box)).of("registry.files").detail, /^1 file missing: .*tiny-Q4_K_M\.gguf$/);

  const registry = join(box.modelsDir, "registry.json");
  const state = join(box.stateDir, "state.kv");
  await writeFile(registry, "{ torn");
  await writeFile(state, "no database at all, and long enough to be looked at".repeat(100));
  const before = await box.files();
  const report = await doctor(box);
  deepStrictEqual(unwell(report), ["state: problem", "registry: problem"]);
  match(report.of("state").detail, /is damaged: file is not a database/);
  match(report.of("registry").detail, /is damaged: .*line 1/);
  match(report.of("registry").hints[0] ?? "", /mm list$/);
  deepStrictEqual(await box.files(), before);
  strictEqual(await readFile(registry, "utf8"), "{ torn");

  // What the hints name does help.
  strictEqual((await box.run(["list"])).code, 0);
  strictEqual((await box.run(["history", "list"])).code, 0);
  deepStrictEqual(unwell(await doctor(box)), []);
});

Deno.test("mm doctor finds a token that is refused, and one that others may read", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  const wrong = "hf_wrongWrongWrongWrong";
  const refused = await doctor(box, [], { HF_TOKEN: wrong });
  deepStrictEqual(unwell(refused), ["account: problem"]);
  match(refused.of("account").hints[0] ?? "", /unset HF_TOKEN$/);
  doesNotMatch(refused.stdout + refused.stderr, new RegExp(wrong));

  await mkdir(dirname(box.tokenFile), { recursive: true });
  await writeFile(box.tokenFile, TOKEN);
  await chmod(box.tokenFile, 0o644);
  const open = await doctor(box);
  deepStrictEqual(unwell(open), Deno.build.os === "windows" ? [] : ["token: warning"]);
  await writeFile(box.tokenFile, "two words");
  const odd = await doctor(box);
  strictEqual(odd.of("token").status, "problem");
  doesNotMatch(odd.stdout, /two words/);
});

Deno.test("mm doctor says who cannot be reached: the Hub, a mirror, a proxy", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  const dead = await doctor(box, [], { HF_ENDPOINT: deadEndpoint(), HF_TOKEN: TOKEN });
  deepStrictEqual(unwell(dead), ["endpoint: problem"]);
  match(dead.of("endpoint").detail, /the connection was refused/);
  deepStrictEqual(
    dead.checks.filter(({ skipped }) => skipped).map(({ id }) => id),
    ["file_host", "account", "rate_limit", "clock"],
  );

  const mirror = deadEndpoint();
  await box.write("config/model-manager/config.json", JSON.stringify({ mirrors: [mirror, hub.endpoint] }));
  const mirrored = await doctor(box);
  deepStrictEqual(unwell(mirrored), ["mirror.1: warning"]);
  match(mirrored.of("mirror.2").detail, /answers in/);
  await rm(join(box.configDir, "config.json"));

  const proxy = new URL(deadEndpoint()).host;
  const proxied = await doctor(box, [], { HTTP_PROXY: `http://ada:pr0xyS3cret@${proxy}` });
  deepStrictEqual(unwell(proxied), ["endpoint: problem", "proxy.1: problem"]);
  match(proxied.of("endpoint").detail, new RegExp(`the proxy "${proxy}" cannot be reached`));
  doesNotMatch(proxied.stdout + proxied.stderr, /pr0xyS3cret/);
});

Deno.test("mm doctor goes through a proxy, and says so", async () => {
  await using hub = await startE2eHub();
  await using proxy = startForwardProxy({});
  await using box = await openBox(hub, { HTTP_PROXY: `http://${proxy.host}` });
  const report = await doctor(box);
  deepStrictEqual(unwell(report), []);
  strictEqual(report.of("proxy").detail, `${new URL(hub.endpoint).host} through ${proxy.host}`);
  ok(proxy.asked.length >= 2, "the Hub and its file host are asked through it");
});

Deno.test("mm doctor finds a wrong clock and a file host without ranges", async () => {
  const date = new Date(Date.now() + 3_600_000).toUTCString();
  await using hub = await startE2eHub({
    hubFaults: [{
      when: ({ url }) => url.includes("limit=1"),
      times: 1,
      effect: { type: "headers", headers: { date } },
    }],
    fileHostFaults: [{ effect: { type: "ignore-range" } }],
  });
  await using box = await openBox(hub);
  const report = await doctor(box);
  deepStrictEqual(unwell(report), ["file_host: warning", "clock: warning"]);
  match(report.of("clock").detail, /^60 min behind the Hub's/);
  match(report.of("file_host").detail, /ignores ranges/);
});

Deno.test("mm doctor tells a Hub from something else that answers", async () => {
  await using hub = await startE2eHub({ hubFaults: [{ effect: { type: "html" } }] });
  await using box = await openBox(hub);
  const report = await doctor(box);
  deepStrictEqual(unwell(report), ["endpoint: problem"]);
  match(report.of("endpoint").detail, /does not answer as a Hub does \(200\)/);
  await using limited = await startE2eHub({
    hubFaults: [{ effect: { type: "rate-limit", resetSeconds: 77 } }],
  });
  const waiting = await doctor(box, ["--endpoint", limited.endpoint]);
  deepStrictEqual(unwell(waiting), ["endpoint: warning", "rate_limit: warning"]);
  match(waiting.of("rate_limit").detail, /^used up, the next request may be made in 78 s$/);
});

Deno.test("mm doctor looks at the rest where settings or the home folder cannot be used", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  await box.write("config/model-manager/config.json", `{"modles_dir": "/x"}`);
  const settings = await doctor(box);
  deepStrictEqual(unwell(settings), ["settings: problem"]);
  match(settings.of("settings").detail, /there is no setting "modles_dir"/);
  match(settings.of("endpoint").detail, /answers in/);

  const homeless = await doctor(box, [], { HOME: "", USERPROFILE: "" });
  deepStrictEqual(unwell(homeless), ["home: problem"]);
  match(homeless.of("endpoint").detail, /answers in/);
});

Deno.test("mm doctor finds a full disk, and one that cannot be written", async () => {
  await using disk = await openSmallDisk(4_000_000, "mm doctor on a full disk");
  if (disk === undefined) return;
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  await box.write("config/model-manager/config.json", `{"cleanup": {"reserve": "1M"}}`);
  const models = join(disk.path, "models");
  const roomy = await doctor(box, ["--models-dir", models]);
  deepStrictEqual(unwell(roomy), []);
  deepStrictEqual([roomy.of("models_dir").status, roomy.of("models_dir.space").status], ["warning", "ok"]);
  await disk.fill("ballast", 3_500_000);
  const full = await doctor(box, ["--models-dir", models]);
  strictEqual(full.of("models_dir.space").status, "problem");
  match(full.of("models_dir.space").hints.join("\n"), /mm list --sort size/);

  const { success } = await new Deno.Command("mount", { args: ["-o", "remount,ro", disk.path] }).output();
  ok(success, "remounted");
  const readOnly = await doctor(box, ["--models-dir", models]);
  strictEqual(readOnly.of("models_dir").status, "problem");
  match(readOnly.of("models_dir").detail, /the file system is read-only/);
  match(readOnly.of("models_dir").hints.at(-1) ?? "", /mm config set models_dir DIR$/);
  strictEqual(readOnly.of("models_dir.locks").skipped, true);
});

Deno.test("mm doctor names the right that is missing, and does without", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub);
  const { host } = new URL(hub.endpoint);
  const few = await runWith(box, ["--allow-read", "--allow-env"]);
  deepStrictEqual(unwell(few), [
    "permissions.write: problem",
    "permissions.net: problem",
    "permissions.sys: warning",
    "permissions.run: warning",
  ]);
  match(few.of("permissions.net").hints[0] ?? "", new RegExp(`--allow-net=${host} `));
  strictEqual(few.of("endpoint").detail, `not checked: it needs --allow-net=${host}`);
  match(few.of("models_dir").detail, /^not checked: it needs --allow-write=/);
  strictEqual(few.of("registry").skipped, false);
  strictEqual(hub.requests.length, 0);

  const none = await runWith(box, []);
  deepStrictEqual(unwell(none).filter((line) => !line.startsWith("permissions.")), ["home: problem"]);

  // As from a registry, where nobody has enabled Deno KV.
  const { imports, nodeModulesDir } = JSON.parse(await readFile(CONFIG, "utf8"));
  const config = await box.write("deno.json", JSON.stringify({ imports, nodeModulesDir }));
  const flags = ["--no-lock", "--config", config, "--allow-read", "--allow-env"];
  const bare = await runWith(box, [...flags, `--allow-write=${box.path}`]);
  deepStrictEqual([bare.of("state").status, bare.of("state").hints], ["problem", [
    "Add the flag: deno run --unstable-kv …",
  ]]);

  const hubOnly = await runWith(box, [
    "--allow-env",
    `--allow-read=${box.path}`,
    `--allow-write=${box.path}`,
    `--allow-net=${host}`,
    "--allow-sys",
    "--allow-run",
  ]);
  // The files are on another host, which only the redirect tells; a symbolic link may lead anywhere.
  deepStrictEqual(unwell(hubOnly), ["models_dir.links: warning", "file_host: problem"]);
  match(hubOnly.of("models_dir.links").hints[0] ?? "", /--allow-read --allow-write …$/);
  match(hubOnly.of("file_host").hints[0] ?? "", /--allow-net=/);
});

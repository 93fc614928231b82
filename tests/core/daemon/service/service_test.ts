import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { launchdAgent } from "../../../../core/daemon/service/launchd_agent.ts";
import {
  isServiceInstalled,
  planService,
  type ServiceRequest,
  uninstallService,
  writeService,
} from "../../../../core/daemon/service/service.ts";
import {
  outermost,
  serviceEnvironment,
  serviceKindOf,
  type ServiceSpec,
} from "../../../../core/daemon/service/service_spec.ts";
import { systemdUnit } from "../../../../core/daemon/service/systemd_unit.ts";
import { windowsArgument, windowsTask } from "../../../../core/daemon/service/windows_task.ts";
import { runCommand } from "../../../../core/platform/run_command.ts";
import { sayNotTested } from "../../../support/small_disk.ts";
import { makeTempDir, type TempDir } from "../../../support/temp_dir.ts";

const SPEC: ServiceSpec = {
  command: ["/usr/bin/deno", "run", "-A", '/home/ada/my "mm" 100%/$HOME/main.ts', "start", "--foreground"],
  workingDirectory: "/home/ada",
  environment: { MM_MODELS_DIR: "/data/my models 50%", HF_ENDPOINT: 'https://hub.test/"x"?a=1&b=<2>' },
  writable: ["/data/my models 50%", "/home/ada/.local/state/model-manager"],
  writableIfThere: ["/home/ada/.cache/deno"],
  user: "ada",
};

Deno.test("systemdUnit() quotes what would mean something else, and shuts everything that it need not touch", () => {
  const unit = systemdUnit(SPEC, { system: false });
  match(
    unit,
    /^ExecStart=\/usr\/bin\/deno run -A "\/home\/ada\/my \\"mm\\" 100%%\/\$\$HOME\/main\.ts" start --foreground$/m,
  );
  match(unit, /^Environment="MM_MODELS_DIR=\/data\/my models 50%%"$/m);
  match(
    unit,
    /^ReadWritePaths="-\/data\/my models 50%%" -\/home\/ada\/\.local\/state\/model-manager -\/home\/ada\/\.cache\/deno$/m,
  );
  for (
    const line of ["NoNewPrivileges=yes", "ProtectSystem=strict", "PrivateTmp=yes", "WantedBy=default.target"]
  ) {
    ok(unit.split("\n").includes(line), line);
  }
  ok(!/^User=|^CapabilityBoundingSet=/m.test(unit), "a user's own manager cannot do that");
  const system = systemdUnit(SPEC, { system: true });
  match(system, /^User=ada$/m);
  match(system, /^CapabilityBoundingSet=$/m);
  match(system, /^WantedBy=multi-user.target$/m);
  ok(!systemdUnit({ ...SPEC, writable: ["/tmp/models"] }, { system: true }).includes("PrivateTmp"));
});

Deno.test("launchdAgent() and windowsTask() escape what XML and command lines take for their own", () => {
  const agent = launchdAgent(SPEC, { errorPath: "/l&g" });
  match(agent, /<string>https:\/\/hub\.test\/&quot;x&quot;\?a=1&amp;b=&lt;2&gt;<\/string>/);
  match(agent, /<string>\/l&amp;g<\/string>/);
  const task = windowsTask({ ...SPEC, command: ["C:\\Program Files\\mm.exe", "start", 'a "b" c\\', ""] });
  match(task, /<Command>C:\\Program Files\\mm\.exe<\/Command>/);
  match(task, /<Arguments>start &quot;a \\&quot;b\\&quot; c\\\\&quot; &quot;&quot;<\/Arguments>/);
  match(task, /<UserId>ada<\/UserId>/);
  deepStrictEqual(["plain", "C:\\x\\", "a b", 'q"', "a\\\\ b\\"].map(windowsArgument), [
    "plain",
    "C:\\x\\",
    '"a b"',
    '"q\\""',
    '"a\\\\ b\\\\"',
  ]);
});

Deno.test("serviceEnvironment() takes what leads to the same settings, and no secret", () => {
  const token = `hf_${"aSecretOfTheTest".repeat(2)}`;
  deepStrictEqual(
    serviceEnvironment({
      HF_TOKEN: token,
      HUGGING_FACE_HUB_TOKEN: token,
      HF_ENDPOINT: "https://me:word@hub.test",
      https_proxy: "me:word@proxy:3128",
      MM_MODELS_DIR: "models",
      MM_CONFIG: "~/mm.yaml",
      HF_HOME: "/data/hf",
      CI: "1",
      NO_COLOR: "1",
      PATH: "/bin",
      HF_DOWNLOADER_FOREGROUND: "1",
    }, "/project"),
    {
      variables: { MM_CONFIG: "~/mm.yaml", MM_MODELS_DIR: "/project/models", HF_HOME: "/data/hf" },
      secrets: ["HF_ENDPOINT", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HTTPS_PROXY"],
    },
  );
});

Deno.test("outermost() names no folder inside of another", () => {
  deepStrictEqual(outermost(["/a", "/a/b", "/ab", "/a", "relative", "/c/"]), ["/a", "/ab", "/c/"]);
  deepStrictEqual(["linux", "freebsd", "darwin", "windows"].map(serviceKindOf), [
    "systemd",
    "systemd",
    "launchd",
    "windows",
  ]);
});

function requestFor(dir: TempDir, change: Partial<ServiceRequest> = {}): ServiceRequest {
  return {
    kind: "systemd",
    directories: {
      home: dir.join("home"),
      config: dir.join("config", "model-manager"),
      state: dir.join("state", "model-manager"),
      cache: dir.join("cache", "model-manager"),
      logs: dir.join("state", "model-manager", "logs"),
      modelsDefault: dir.join("home", "models"),
    },
    settings: { models_dir: dir.join("my models 100%") },
    environment: { XDG_CONFIG_HOME: dir.join("config") },
    workingDirectory: dir.path,
    options: [],
    ...change,
  };
}

Deno.test("planService() starts what runs: a binary by its path, with no right to the cache of a Deno", async () => {
  await using dir = await makeTempDir();
  const binary = { program: dir.join("my bin", "mm"), args: [], isScript: false };
  const cache = dir.join("cache", "deno");
  const systemd = planService(requestFor(dir, { own: binary })).text;
  ok(systemd.includes(`\nExecStart="${binary.program}" start --foreground\n`), systemd);
  ok(!systemd.includes(cache), systemd);
  const launchd = planService(requestFor(dir, { own: binary, kind: "launchd" })).text;
  match(launchd, /<string>[^<]*my bin[/\\]mm<\/string>\s*<string>start<\/string>/);
  const windows = planService(requestFor(dir, { own: binary, kind: "windows" })).text;
  match(windows, /<Command>[^<]*my bin[/\\]mm"?<\/Command>\s*<Arguments>start --foreground<\/Arguments>/);

  const script = {
    program: "/usr/bin/deno",
    args: ["run", "-A", "https://packages.test/x/mod.ts"],
    isScript: true,
  };
  const { text } = planService(requestFor(dir, { own: script }));
  ok(
    text.includes("\nExecStart=/usr/bin/deno run -A https://packages.test/x/mod.ts start --foreground\n"),
    text,
  );
  ok(text.includes(cache), text);
});

Deno.test("planService() names the folders of manifests, each once, and none inside of another", async () => {
  await using dir = await makeTempDir();
  const manifests = [
    dir.join("my models 100%", "a", "models.json"),
    dir.join("team", "models.json"),
    dir.join("team", "other.json"),
  ];
  const { text, folders } = planService(requestFor(dir, { manifests }));
  const line = text.split("\n").find((each) => each.startsWith("ReadWritePaths=")) ?? "";
  strictEqual(line.split(`-${dir.join("team")}`).length, 2);
  ok(!line.includes(`${dir.join("my models 100%%", "a")}`));
  ok(!folders.includes(dir.join("team")), "it is not made");
});

Deno.test("writeService() writes the file and the folders it names, and uninstallService() takes the file away", async () => {
  await using dir = await makeTempDir();
  // Its commands are for nobody: the file alone is looked at.
  const plan = { ...planService(requestFor(dir)), disable: [["mm-there-is-no-such-program"]], forget: [] };
  strictEqual(plan.path, dir.join("config", "systemd", "user", "model-manager.service"));
  strictEqual(await isServiceInstalled(plan), false);
  strictEqual(await uninstallService(plan), false);
  await writeService(plan);
  strictEqual(await readFile(plan.path, "utf8"), plan.text);
  for (const folder of plan.folders) ok((await Deno.stat(folder)).isDirectory, folder);
  strictEqual(await uninstallService(plan), true);
  strictEqual(await isServiceInstalled(plan), false);
});

Deno.test("writeService() writes what the task scheduler of Windows reads", async () => {
  await using dir = await makeTempDir();
  const plan = planService(requestFor(dir, { kind: "windows" }));
  await writeService(plan);
  const bytes = await readFile(plan.path);
  deepStrictEqual([...bytes.subarray(0, 4)], [0xff, 0xfe, 0x3c, 0x00]);
  strictEqual(new TextDecoder("utf-16le").decode(bytes), plan.text);
});

Deno.test("systemd itself finds nothing wrong with the units", async () => {
  await using dir = await makeTempDir();
  const version = await runCommand(["systemd-analyze", "--version"]);
  if (version === undefined) {
    return sayNotTested("the units of systemd", "there is no systemd-analyze on this machine");
  }
  await mkdir(dir.join("home"));
  for (const system of [false, true]) {
    const { text } = planService(requestFor(dir, { system }));
    const path = await dir.write(`${system}/model-manager.service`, text);
    // The manager of a user may not be there; what can be wrong with a unit is the same for both.
    const verified = await runCommand(["systemd-analyze", "verify", path]);
    deepStrictEqual([
      verified?.code,
      verified?.stderr.replace(/^.*(?:man\(\d\)|\.mount|Failed to open).*$/gm, "").trim(),
    ], [0, ""]);
  }
});

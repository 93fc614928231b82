/**
 * Configuration files as people keep them: of the older tools, behind links, on full disks, changed by many at once,
 * and in an editor.
 *
 * @module
 */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { chmod, mkdir, readdir, readFile, readlink, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type FinishedProgram, openSandbox, readDocument, type Sandbox } from "../support/run_program.ts";
import { openSmallDisk } from "../support/small_disk.ts";

interface Shown {
  readonly settings: Readonly<Record<string, unknown>> & {
    readonly download: Readonly<Record<string, unknown>>;
    readonly cleanup: Readonly<Record<string, unknown>>;
  };
}

async function shown(
  box: Sandbox,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<Shown> {
  const finished = await box.run(["config", "show", "--json", ...args], { env });
  strictEqual(finished.code, 0, finished.stdout);
  return readDocument<Shown>(finished);
}

Deno.test("the older tools' files and variables are read as they are, from any place", async () => {
  await using box = await openSandbox();
  const yaml = await box.write(
    "older/config.yaml",
    [
      "# Downloader",
      "download_directory: /srv/models",
      "log_level: WARN",
      "max_retries: 3",
      "timeout_seconds: 600",
      "concurrent_downloads: 2",
      "check_frequency: weekly",
      "default_schedule:",
      "  enabled: true",
      "  type: daily",
      '  time: "22:30"',
      "  max_concurrent_downloads: 4",
    ].join("\n"),
  );
  const expected = {
    models_dir: "/srv/models",
    log: { level: "warning" },
    check_frequency: "weekly",
    default_schedule: { enabled: true, type: "daily", time: "22:30", max_concurrent_downloads: 4 },
  };
  const json = await box.write(
    "older/config.json",
    JSON.stringify({
      download_directory: "/srv/models",
      log_level: "WARN",
      max_retries: 3,
      timeout_seconds: 600,
      concurrent_downloads: 2,
      check_frequency: "weekly",
      default_schedule: expected.default_schedule,
    }),
  );
  const places = [
    await shown(box, ["--config", yaml]),
    await shown(box, [], { MM_CONFIG: json }),
    await shown(box, [], { HF_DOWNLOADER_CONFIG_PATH: yaml }),
  ];
  for (const { settings } of places) {
    const { models_dir, log, check_frequency, default_schedule } = settings;
    deepStrictEqual({ models_dir, log, check_frequency, default_schedule }, expected);
    const { max_retries, timeout, max_concurrent } = settings.download;
    deepStrictEqual([max_retries, timeout, max_concurrent], [3, 600, 2]);
  }
  const { settings: { download } } = await shown(box, [], {
    HF_DOWNLOADER_MAX_RETRIES: "9",
    HF_DOWNLOADER_TIMEOUT: "60",
    HF_DOWNLOADER_CONCURRENT_DOWNLOADS: "5",
  });
  deepStrictEqual([download["max_retries"], download["timeout"], download["max_concurrent"]], [9, 60, 5]);
  const moved = await box.run(["history", "list"], {
    env: { HF_DOWNLOADER_DB_PATH: box.join("db", "older.db") },
  });
  strictEqual(moved.code, 0, moved.stderr);
  deepStrictEqual((await readdir(box.join("db"))).filter((name) => name === "state.kv"), ["state.kv"]);
  // A setting of the older file is changed where it stands.
  strictEqual((await box.run(["--config", yaml, "config", "set", "log.level", "debug"])).code, 0);
  match(await readFile(yaml, "utf8"), /^# Downloader\ndownload_directory: \/srv\/models\nmax_retries: 3\n/);
});

Deno.test("mm config set from many processes at once loses nothing, also behind a link, and leaves no lock", async () => {
  await using box = await openSandbox();
  const real = await box.write("dotfiles/mm.yaml", "# mine\nmodels_dir: /m # big\n");
  await mkdir(box.configDir, { recursive: true });
  const link = join(box.configDir, "config.yaml");
  await symlink(real, link);
  const changes: readonly (readonly [string, string])[] = [
    ["download.connections", "4"],
    ["download.timeout", "90"],
    ["cleanup.auto", "true"],
    ["cleanup.age_days", "7"],
    ["log.level", "debug"],
    ["check_frequency", "weekly"],
  ];
  // Half of them by the other name of the file.
  const runs = await Promise.all(
    changes.map(([key, value], index) =>
      box.run([...(index % 2 === 0 ? [] : ["--config", real]), "config", "set", key, value])
    ),
  );
  for (const { code, stderr } of runs) strictEqual(code, 0, stderr);
  const { settings } = await shown(box);
  deepStrictEqual(
    [settings["models_dir"], settings["check_frequency"], settings.download["connections"]],
    ["/m", "weekly", 4],
  );
  deepStrictEqual([settings.cleanup["auto"], settings.cleanup["age_days"]], [true, 7]);
  match(await readFile(real, "utf8"), /^# mine\nmodels_dir: \/m # big\n/);
  strictEqual(await readlink(link), real);
  deepStrictEqual(await readdir(box.configDir), ["config.yaml"]);
  deepStrictEqual(await readdir(box.join("dotfiles")), ["mm.yaml"]);
});

/** Whether this process is refused nothing: then what nobody may write cannot be made. */
const isRoot = Deno.build.os !== "windows" && Deno.uid() === 0;

Deno.test("mm config set and edit say what cannot be written, and leave the file as it was", async () => {
  await using box = await openSandbox();
  const disk = await openSmallDisk(64 * 1024, "mm config set on a full disk");
  if (disk !== undefined) {
    await using _disk = disk;
    const file = join(disk.path, "config.json");
    await writeFile(file, '{"models_dir": "/m"}');
    await disk.fill("ballast", 128 * 1024).catch(() => {});
    for (const args of [["config", "set", "log.level", "debug"], ["config", "edit"]]) {
      const full = await box.run(["--config", file, ...args], { env: { EDITOR: "true" } });
      strictEqual(full.code, 8, full.stderr);
      match(full.stderr, /^error: .*the disk is full/m);
      match(full.stderr, /^hint: /m);
      strictEqual(await readFile(file, "utf8"), '{"models_dir": "/m"}');
      deepStrictEqual((await readdir(disk.path)).sort(), ["ballast", "config.json"]);
    }
  }
  if (isRoot) return;
  const file = await box.write("closed/config.json", "{}");
  await chmod(box.join("closed"), 0o555);
  const closed = await box.run(["--config", file, "config", "set", "log.level", "debug"]);
  await chmod(box.join("closed"), 0o755);
  strictEqual(closed.code, 12, closed.stderr);
  match(closed.stderr, /^error: Cannot write ".*config\.json": permission denied$/m);
});

Deno.test("mm config edit runs a real editor with its options, on a copy, and --json keeps standard output clean", async () => {
  if (Deno.build.os === "windows") return;
  await using box = await openSandbox();
  const editor = await box.write(
    "an editor.sh",
    `#!/bin/sh\necho "option $1, file $2"\nprintf '%s' "$TEXT" > "$2"\n`,
  );
  await chmod(editor, 0o755);
  const edit = (text: string, ...args: string[]): Promise<FinishedProgram> =>
    box.run(["config", "edit", ...args], { env: { EDITOR: `"${editor}" --wait`, TEXT: text } });
  const file = join(box.configDir, "config.json");
  const wrong = await edit('{"download": {"conections": 4}}', "--json");
  strictEqual(wrong.code, 2, wrong.stderr);
  strictEqual(readDocument<{ error: { code: string } }>(wrong).error.code, "CONFIG_INVALID");
  match(wrong.stderr, /^option --wait, file .*config\.edit\.json$/m);
  deepStrictEqual(await readdir(box.configDir), ["config.edit.json"]);
  const right = await edit('{"download": {"connections": 4}}', "--json");
  deepStrictEqual(readDocument(right), { file, changed: true });
  deepStrictEqual(await readdir(box.configDir), ["config.json"]);
  strictEqual((await box.run(["config", "get", "download.connections"])).stdout, "4\n");
});

Deno.test("mm config validate looks at everything, or at one file, and shows all mistakes at once", async () => {
  await using box = await openSandbox();
  await box.write("config/model-manager/config.json", '{\n  "lgo": {"level": "info"}\n}');
  await box.write("work/mm.yaml", "download:\n  connections: 99\nendpoint: https://hub.example\n");
  const all = await box.run(["config", "validate", "--json"], { env: { MM_LIMIT_RATE: "fast" } });
  strictEqual(all.code, 2);
  const { error } = readDocument<{ error: { causes: string[]; hints: string[] } }>(all);
  strictEqual(error.causes.length, 4, error.causes.join("\n"));
  match(error.causes.join("\n"), /MM_LIMIT_RATE is "fast"/);
  match(error.causes.join("\n"), /mm\.yaml": line 2, column 3: "download\.connections" is 99/);
  match(error.causes.join("\n"), /mm\.yaml": line 3, column 1: "endpoint" cannot be set in a project file/);
  match(error.causes.join("\n"), /config\.json": line 2, column 3: there is no setting "lgo"/);
  ok(error.hints.includes('Did you mean "log" for "lgo"?'));
  // One file alone, whatever else is wrong; its name tells a project's.
  const good = await box.write("good.yaml", "endpoint: https://hub.example\n");
  const one = await box.run(["config", "validate", good, "--quiet"]);
  deepStrictEqual([one.code, one.stdout], [0, `${good}\n`]);
  const project = await box.run(["config", "validate", "mm.yaml"]);
  strictEqual(project.code, 2);
  match(project.stderr, /mm\.yaml": 2 problems$/m);
  strictEqual((await box.run(["config", "validate", "none.json"])).code, 2);
});

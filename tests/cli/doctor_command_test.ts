import assert from "node:assert/strict";
import type { DoctorReport, DoctorRequest, PermissionCommand } from "../../core/operations/model_manager.ts";
import { REPORT } from "../support/fake_manager.ts";
import { formatRun, runTestCli } from "../support/run_cli.ts";

const WELL: DoctorReport = {
  ok: true,
  checks: REPORT.checks.filter(({ status, skipped }) => status === "ok" && !skipped),
};

for (
  const [name, args] of [["", []], [" -v", ["-v"]], [" --quiet", ["--quiet"]], [" --json", [
    "--json",
  ]]] as const
) {
  for (const columns of [100, 60]) {
    if (columns === 60 && name.includes("-") && name !== " -v") continue;
    Deno.test(`mm doctor${name} reads well at ${columns} columns`, async (t) => {
      const all = ["doctor", ...args];
      const terminal = name.startsWith(" --") ? {} : { columns };
      await t.assertSnapshot(formatRun(all, await runTestCli(all, { terminal })));
    });
  }
}

Deno.test("mm doctor ends with 0 when there is no problem, and says so", async () => {
  const run = await runTestCli(["doctor"], { manager: { doctor: () => Promise.resolve(WELL) } });
  assert.equal(run.code, 0);
  assert.match(run.stderr, /All is well: 1 ok\n$/);
  const warned: DoctorReport = {
    ok: true,
    checks: REPORT.checks.filter(({ status }) => status !== "problem"),
  };
  const warning = await runTestCli(["doctor"], { manager: { doctor: () => Promise.resolve(warned) } });
  assert.deepEqual([warning.code, /1 warning, 1 ok, 1 not checked\n$/.test(warning.stderr)], [0, true]);
  const quiet = await runTestCli(["doctor", "-q"], { manager: { doctor: () => Promise.resolve(WELL) } });
  assert.deepEqual([quiet.code, quiet.stdout, quiet.stderr], [0, "", ""]);
});

Deno.test("mm doctor goes on with the defaults where the settings cannot be used", async () => {
  let request: DoctorRequest | undefined;
  const endpoints: string[] = [];
  const run = await runTestCli(["doctor", "--endpoint", "http://hub.test", "--json"], {
    files: { "config/config.json": `{"modles_dir": 1}` },
    onCreate: ({ settings }) => endpoints.push(settings.endpoint),
    manager: {
      doctor(given) {
        request = given;
        return Promise.resolve(WELL);
      },
    },
  });
  assert.equal(run.code, 0);
  assert.deepEqual(endpoints, ["http://hub.test"]);
  assert.match(request?.configuration?.problem?.message ?? "", /there is no setting "modles_dir"/);
  assert.equal(request?.homeProblem, undefined);
});

Deno.test("mm doctor tells of the files that settings come from, and of the terminal", async () => {
  let request: DoctorRequest | undefined;
  await runTestCli(["doctor"], {
    files: { "config/config.json": "{}", "work/mm.json": "{}" },
    environment: { LANG: "de_DE.UTF-8" },
    terminal: { columns: 90 },
    manager: {
      doctor(given) {
        request = given;
        return Promise.resolve(WELL);
      },
    },
  });
  assert.match(request?.configuration?.userFile ?? "", /config\.json$/);
  assert.match(request?.configuration?.projectFile ?? "", /mm\.json$/);
  assert.deepEqual(request?.terminal, {
    isTerminal: true,
    columns: 90,
    colour: false,
    locale: "de_DE.UTF-8",
  });
});

Deno.test("mm doctor --permissions says what is granted in place of paths with a comma", async () => {
  const command = {
    set: "daemon",
    commands: ["queue"],
    argv: ["deno", "run"],
    variables: {},
    missingFolders: [],
  } as const;
  const said = async (wider: PermissionCommand["wider"]): Promise<string> =>
    (await runTestCli(["doctor", "--permissions", "daemon"], {
      manager: { permissions: () => Promise.resolve({ ...command, wider }) },
    })).stderr;
  assert.doesNotMatch(await said([]), /a comma/);
  const lines = (await said([
    { path: "/x/a,b/m", granted: "/x" },
    { path: "/x/a,b/s", granted: "/x" },
    { path: "/x/a,b/s/c.sock", granted: undefined },
  ])).split("\n");
  assert.deepEqual(lines.filter((line) => /a comma|-P /.test(line)), [
    `Deno's flags cannot name a path with a comma: they grant "/x" in place of "/x/a,b/m", "/x/a,b/s"`,
    `Deno's flags cannot name a path with a comma: they grant every host in place of "/x/a,b/s/c.sock"`,
    "Permissions in a deno.json name such paths exactly: deno run -P takes them from there",
  ]);
});

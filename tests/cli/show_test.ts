import assert from "node:assert/strict";
import type { ModelDetails } from "../../core/operations/model_manager.ts";
import { DETAILS } from "../support/fake_manager.ts";
import { runTestCli } from "../support/run_cli.ts";

const show = (change: Partial<ModelDetails>, args: readonly string[] = []) =>
  runTestCli(["show", "acme/x", ...args], {
    manager: { show: () => Promise.resolve({ ...DETAILS, ...change }) },
  });

const [Q4, F16] = DETAILS.units;
assert.ok(Q4 !== undefined && F16 !== undefined);
const REPO = DETAILS.repo;

Deno.test("mm show REF:quant shows the selected unit only, and leads on to it", async () => {
  const selection = { selector: "f16", paths: F16.files.map(({ path }) => path) };
  const run = await show({ selection, gated: false });
  assert.match(run.stdout, /^ +F16 /m);
  assert.doesNotMatch(run.stdout, /Q4_K_M|README|mmproj/);
  assert.match(run.stderr, /^0 of 1 quant fits this machine's memory/m);
  assert.match(run.stderr, new RegExp(`^hint: Download: mm pull ${REPO}:f16$`, "m"));
  assert.equal((await show({ selection }, ["-q"])).stdout, `${REPO}:F16\n`);
  const document = JSON.parse((await show({ selection }, ["--json"])).stdout);
  assert.deepEqual([document.selection, document.units.length], [selection, 2]);
  assert.equal(JSON.parse((await show({}, ["--json"])).stdout).selection, null);
});

Deno.test("mm show of a file that is in no unit shows that file", async () => {
  const run = await show({ selection: { selector: "README.md", paths: ["README.md"] } });
  assert.match(run.stdout, /README\.md/);
  assert.doesNotMatch(run.stdout, /QUANT|mmproj/);
  assert.match(run.stderr, /mm pull \S+:README\.md$/m);
});

Deno.test("mm show --json has one form for files and for what is local", async () => {
  const document = JSON.parse((await show({}, ["--json"])).stdout);
  const files = [...document.units[0].files, ...document.companions, ...document.otherFiles];
  for (const file of files) {
    assert.ok("sha256" in file && "gitSha1" in file && !("digest" in file), JSON.stringify(file));
  }
  const local = [...document.units, ...document.companions, ...document.otherFiles].map((each) => each.local);
  assert.deepEqual(local, ["complete", "partial", "absent", "complete"]);
});

Deno.test("mm show of safetensors leads on to the whole model, not to its weights alone", async () => {
  const file = { path: "model.safetensors", sizeBytes: 5_000, digest: undefined };
  const run = await show({
    units: [{ ...Q4, quant: undefined, label: "model", sizeBytes: 5_000, files: [file] }],
    defaultQuant: undefined,
    gated: false,
  });
  assert.match(run.stderr, new RegExp(`^hint: Download: mm pull ${REPO}$`, "m"));
  assert.match(run.stderr, /^1 of 1 model fits /m);
});

Deno.test("mm show leads on to the revision that it shows", async () => {
  const run = await show({ revision: "refs/pr/3" });
  assert.match(run.stderr, new RegExp(`mm pull ${REPO}@refs/pr/3:Q4_K_M$`, "m"));
});

Deno.test("mm show does not offer a quant whose file can get no name", async () => {
  const refused = { ...Q4, fits: false, refused: "it contains a character that no file name may have" };
  const run = await show({ units: [refused, F16], defaultQuant: undefined });
  assert.match(run.stdout, /^ +Q4_K_M .* refused /m);
  assert.match(run.stderr, /^0 of 2 quants fit /m);
  assert.match(run.stderr, /^"Q4_K_M" cannot be pulled: in the path of a file, it contains a character/m);
  assert.match(run.stderr, new RegExp(`^hint: Download: mm pull ${REPO}:F16$`, "m"));
  assert.equal((await show({ units: [refused, F16] }, ["-q"])).stdout, `${REPO}:F16\n`);
});

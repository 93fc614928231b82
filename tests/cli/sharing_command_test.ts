import assert from "node:assert/strict";
import type {
  ImportReport,
  ImportRequest,
  LinkRequest,
  LinkResult,
} from "../../core/operations/model_manager.ts";
import { fakeImport, fakeLink, IMPORTED } from "../support/fake_sharing.ts";
import { runTestCli } from "../support/run_cli.ts";

const REF = "acme/llama:Q4_K_M";

async function importing(args: readonly string[], change: Partial<ImportReport> = {}) {
  let request: ImportRequest | undefined;
  const run = await runTestCli(["import", ...args], {
    manager: {
      async *importModels(given) {
        request = given;
        return { ...yield* fakeImport(), ...change };
      },
    },
  });
  return { ...run, request };
}

async function linking(
  args: readonly string[],
  change: (result: LinkResult) => LinkResult = (result) => result,
) {
  let request: LinkRequest | undefined;
  const run = await runTestCli(["link", ...args], {
    manager: {
      link(given) {
        request = given;
        const report = fakeLink(given);
        return Promise.resolve({ ...report, results: report.results.map(change) });
      },
    },
  });
  return { ...run, request };
}

Deno.test("mm import shows what was linked on stdout, and says why something was not", async () => {
  const { code, stdout, stderr, request } = await importing(["--from", "ollama"]);
  assert.equal(code, 0);
  assert.deepEqual(request, { paths: [], copy: false, dryRun: false, from: "ollama" });
  assert.match(stdout, /acme\/llama:Q4_K_M +2\.00 GB +linked +01234567/);
  assert.doesNotMatch(stdout, /sha256-bb/);
  assert.match(stderr, /Skipped "\/home\/ada\/.ollama\/models\/blobs\/sha256-bb": It is not complete/);
  assert.match(stderr, /2 files: 1 linked, 1 skipped; saved 2\.00 GB/);
});

Deno.test("mm import --json is one document, --quiet the new paths", async () => {
  const document = JSON.parse((await importing(["a", "b", "--json", "--copy", "-n"])).stdout);
  assert.equal(document.dryRun, true);
  assert.equal(document.files[0].sha256, "a".repeat(64));
  assert.equal(document.files[1].sha256, null);
  assert.equal(document.bytesSaved, 2_000_000_000);
  assert.equal(
    (await importing(["--from", "ollama", "-q"])).stdout,
    "/models/acme/llama/llama-Q4_K_M.gguf\n",
  );
});

Deno.test("mm import ends with the code of what failed, or says that it was some of it", async () => {
  const [linked] = IMPORTED;
  assert.ok(linked !== undefined);
  const error = {
    code: "CHECKSUM_MISMATCH",
    message: "It is damaged",
    hints: ["Fetch it"],
    causes: [],
  } as const;
  const failed = { ...linked, status: "failed", error } as const;
  const all = await importing(["x"], { files: [failed] });
  assert.equal(all.code, 5);
  assert.match(all.stderr, /error: It is damaged\n/);
  assert.equal((await importing(["x"], { files: [linked, failed] })).code, 11);
  const none = await importing(["x"], { files: [] });
  assert.equal(none.code, 0);
  assert.match(none.stderr, /No model files were found in "\/home\/ada\/.ollama\/models"/);
});

Deno.test("mm link passes on what was asked for", async () => {
  const { request, code, stderr } = await linking([
    REF,
    "--into",
    "ollama",
    "--name",
    "tiny",
    "--copy",
    "-f",
    "-n",
  ]);
  assert.equal(code, 0);
  assert.deepEqual(request, {
    references: [REF],
    into: "ollama",
    copy: true,
    force: true,
    dryRun: true,
    name: "tiny",
  });
  assert.match(stderr, /Would save 2\.00 GB that copies would take\nNothing was linked\n/);
  // A folder is one, however it is called.
  assert.match((await linking([REF, "--into", "./ollama"])).request?.into ?? "", /^\/.*\/ollama$/);
});

Deno.test("mm link shows the names, says how to use them, and ends with what failed", async () => {
  const named = await linking(
    [REF, "--into", "ollama"],
    (result) => ({ ...result, name: "tiny:latest", notes: ["A note"] }),
  );
  assert.match(named.stdout, /\.lmstudio\/models\/acme\/llama\/llama-Q4_K_M\.gguf +2\.00 GB +linked/);
  assert.match(
    named.stderr,
    /A note\nIn Ollama: ollama run tiny:latest\nSaved 2\.00 GB that copies would take/,
  );
  const error = { code: "NOT_FOUND", message: "It is not there", hints: ["Look"], causes: [] } as const;
  const one = await linking(
    [REF, "--into", "x"],
    (result) => ({ ...result, status: "failed", files: [], error }),
  );
  assert.equal(one.code, 3);
  const some = await linking(
    [REF, "b/c", "--into", "x"],
    (result) => result.reference === REF ? result : { ...result, status: "failed", files: [], error },
  );
  assert.equal(some.code, 11);
});

Deno.test("mm link wants a place", async () => {
  const { code, stderr } = await linking([REF]);
  assert.equal(code, 2);
  assert.match(stderr, /hint: Name a program: mm link REF --into lmstudio/);
});

import { doesNotMatch, match, strictEqual } from "node:assert/strict";
import { DETAILS, README } from "../support/fake_manager.ts";
import { runTestCli } from "../support/run_cli.ts";

Deno.test("mm show --readme ends with the page, and lets it do nothing to the terminal", async () => {
  const { code, stdout } = await runTestCli(["show", DETAILS.repo, "--readme"]);
  strictEqual(code, 0);
  match(stdout, /\n\nREADME\n# Llama 3\.2\n\nA \?\[31mmodel\?\[0m for tests\.\n\n- small\n- quick\n$/);
  doesNotMatch((await runTestCli(["show", DETAILS.repo])).stdout, /for tests/);
});

Deno.test("mm show --readme --json has the page as it is, and null without", async () => {
  const read = async (...flags: string[]) =>
    JSON.parse((await runTestCli(["show", DETAILS.repo, "--json", ...flags])).stdout).readme;
  strictEqual(await read("--readme"), README);
  strictEqual(await read(), null);
});

Deno.test("mm show --readme says when there is none", async () => {
  const show = () => Promise.resolve(DETAILS);
  const { code, stderr } = await runTestCli(["show", DETAILS.repo, "--readme"], { manager: { show } });
  strictEqual(code, 0);
  match(stderr, /^It has no README that can be read$/m);
});

Deno.test("mm show says what fits the graphics processor where its memory is known", async () => {
  const units = DETAILS.units.map((unit) => ({ ...unit, fitsGpu: unit.quant === "Q4_K_M" }));
  const show = () => Promise.resolve({ ...DETAILS, units, gpuMemoryBytes: 8_000_000_000 });
  const known = await runTestCli(["show", DETAILS.repo], { manager: { show } });
  match(known.stdout, /QUANT .* FITS +GPU +LOCAL/);
  match(known.stdout, /Q4_K_M .* yes +yes +yes/);
  match(known.stdout, /F16 .* no +no +partial/);
  match(known.stderr, /1 of 2 quants fit this machine's memory \(16\.0 GB\), 1 that of its GPU \(8\.00 GB\)/);
  doesNotMatch((await runTestCli(["show", DETAILS.repo])).stdout, /GPU/);
});

import assert from "node:assert/strict";
import { isModelManagerError } from "../../../core/base/errors.ts";
import { type PackageLookup, requirePackages } from "../../../core/operations/own_packages.ts";

const missing = (): never => {
  throw new TypeError('Import "some-package" not a dependency');
};

/** A lookup that finds nothing, with changes, and what was loaded by it. */
function lookup(changes: Partial<PackageLookup>) {
  let loads = 0;
  const load = async (): Promise<unknown> => {
    loads++;
    return await (changes.load ?? missing)();
  };
  const run = () =>
    requirePackages({ url: "file:///src/core/own_packages.ts", resolve: missing, ...changes, load });
  return { run, loads: () => loads };
}

Deno.test("requirePackages() finds those of this source", async () => {
  await requirePackages();
});

Deno.test("requirePackages() says how to import the source when its packages are not known", async () => {
  const { run } = lookup({});
  await assert.rejects(run(), (error) => {
    assert.ok(isModelManagerError(error) && error.cause instanceof TypeError);
    assert.equal(error.code, "CONFIG_INVALID");
    assert.match(error.message, /does not know the packages/);
    assert.match(error.hints.join("\n"), /"links": \["FOLDER"\]/);
    return true;
  });
});

Deno.test("requirePackages() loads nothing where names are known, and believes what can be loaded", async () => {
  const known = lookup({ resolve: () => "npm:some-package" });
  await known.run();
  assert.equal(known.loads(), 0);
  const loaded = lookup({ load: () => Promise.resolve({}) });
  await loaded.run();
  assert.equal(loaded.loads(), 1);
});

Deno.test("requirePackages() asks published forms nothing", async () => {
  for (
    const url of ["https://registry.test/core/own_packages.ts", "file:///node_modules/mm/own_packages.js"]
  ) {
    const { run, loads } = lookup({ url });
    await run();
    assert.equal(loads(), 0);
  }
});

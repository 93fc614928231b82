import assert from "node:assert/strict";
import { readAuthorities, trustingFetch } from "../../../core/platform/certificates.ts";
import { runDeno } from "../../support/run_deno.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

Deno.test("readAuthorities() says what is wrong with the file that SSL_CERT_FILE names, and goes on without", async () => {
  await using dir = await makeTempDir();
  const plain = dir.join("plain.txt");
  const broken = dir.join("broken.pem");
  await Deno.writeTextFile(plain, "no certificate");
  await Deno.writeTextFile(broken, "-----BEGIN CERTIFICATE-----\nxx\n-----END CERTIFICATE-----\n");
  for (
    const [path, problem] of [
      [dir.join("none.pem"), "does not exist"],
      [plain, "is no PEM file"],
      [broken, "cannot be read"],
      [dir.path, "cannot be read"],
    ] as const
  ) {
    const { certificates, warnings } = readAuthorities({ SSL_CERT_FILE: path });
    assert.deepEqual(certificates, []);
    assert.equal(warnings.length, 1);
    assert.ok(warnings[0]?.endsWith(`"${path}" ${problem}`), warnings[0]);
  }
  for (const variables of [{}, { SSL_CERT_FILE: "" }]) {
    assert.deepEqual(readAuthorities(variables), { certificates: [], warnings: [] });
  }
});

Deno.test("readAuthorities() names the flag for a file that it may not read", async () => {
  const module = new URL("../../../core/platform/certificates.ts", import.meta.url).href;
  const script = `import { readAuthorities } from ${JSON.stringify(module)};
    console.log(readAuthorities({ SSL_CERT_FILE: "/ca.pem" }).warnings[0]);`;
  const { stdout } = await runDeno(script, [], { flags: ["--no-prompt"] });
  assert.match(stdout, /"\/ca\.pem" may not be read; add the flag --allow-read=\/ca\.pem to deno run$/m);
});

Deno.test("trustingFetch() is the runtime's own when there is nobody else to trust", () => {
  assert.equal(trustingFetch([]), fetch);
});

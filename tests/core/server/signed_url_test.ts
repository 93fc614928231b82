import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { createUrlSigner, fileOfSignedUrl } from "../../../core/server/signed_url.ts";
import { TestClock } from "../../support/test_clock.ts";

const FILE = { repo: "acme/x", commit: "c".repeat(40), path: "sub/ü & ../weird\nname.gguf" };

Deno.test("createUrlSigner() signs addresses that it accepts until they expire", async () => {
  const clock = new TestClock();
  const signer = createUrlSigner({ clock, lifetimeMs: 10_000 });
  const url = `http://files.test${
    signer.sign({ ...FILE, path: "a/b.gguf" }, { disposition: 'inline; filename="b.gguf";' })
  }`;
  match(url, /^http:\/\/files\.test\/files\/[\w-]+\/b\.gguf\?/);
  ok(new URL(url).searchParams.get("Expires") !== null);
  deepStrictEqual(signer.verify(url), {
    status: "valid",
    file: { ...FILE, path: "a/b.gguf" },
    disposition: 'inline; filename="b.gguf";',
  });
  await clock.advance(9_000);
  strictEqual(signer.verify(url).status, "valid");
  await clock.advance(1_000);
  strictEqual(signer.verify(url).status, "expired");
});

Deno.test("createUrlSigner() refuses what it has not signed", () => {
  const clock = new TestClock();
  const signer = createUrlSigner({ clock });
  const url = new URL(`http://files.test${signer.sign(FILE, { disposition: "inline" })}`);
  const changed = (name: string, value: string): string => {
    const copy = new URL(url);
    copy.searchParams.set(name, value);
    return copy.href;
  };
  strictEqual(signer.verify(url.href).status, "valid");
  strictEqual(signer.verify(changed("Expires", "9999999999")).status, "forged");
  strictEqual(signer.verify(changed("Signature", "AAAA")).status, "forged");
  strictEqual(signer.verify(changed("response-content-disposition", "attachment")).status, "forged");
  strictEqual(signer.verify(url.href.replace("/files/", "/files/A")).status !== "valid", true);
  strictEqual(signer.verify("http://files.test/other").status, "unknown");
  strictEqual(signer.verify(`http://files.test${url.pathname}`).status, "forged");
  strictEqual(createUrlSigner({ clock }).verify(url.href).status, "forged");
});

Deno.test("fileOfSignedUrl() names the file without checking the signature", () => {
  const signer = createUrlSigner({ clock: new TestClock() });
  deepStrictEqual(fileOfSignedUrl(`http://files.test${signer.sign(FILE)}`), FILE);
  strictEqual(fileOfSignedUrl("http://hub.test/acme/x/resolve/main/a"), undefined);
  strictEqual(fileOfSignedUrl("http://files.test/files/AAAA/x"), undefined);
});

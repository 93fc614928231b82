import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { appendFile, mkdir, realpath, symlink, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { KnownCopies, type KnownCopy } from "../../../core/library/known_copies.ts";
import { makeTempDir, type TempDir } from "../../support/temp_dir.ts";
import { LibraryFixture, sha256 } from "./library_fixture.ts";

const DATA = "weights ".repeat(150_000);
const WANTED = {
  path: "sub/wanted.gguf",
  sizeBytes: DATA.length,
  digest: { algorithm: "sha256", hex: sha256(DATA) },
} as const;

interface Machine {
  readonly files: LibraryFixture;
  readonly home: string;
  put(path: string, data?: string): Promise<string>;
  look(): KnownCopies;
}

/** A library, a home and a cache beside each other. */
function machine(dir: TempDir): Machine {
  const home = dir.join("home");
  const files = new LibraryFixture(dir);
  return {
    files,
    home,
    async put(path, data = DATA) {
      const absolute = dir.join(path);
      await mkdir(dirname(absolute), { recursive: true });
      await writeFile(absolute, data);
      return await realpath(absolute);
    },
    look: () =>
      new KnownCopies({
        library: files.library,
        hfCacheDirectory: dir.join("hub"),
        apps: { home, ollamaModels: undefined, ollamaHost: undefined },
      }),
  };
}

function told(copies: readonly KnownCopy[]): string[] {
  return copies.map(({ store, isProved, isNamed }) =>
    `${store}${isProved ? " proved" : ""}${isNamed ? " named" : ""}`
  );
}

Deno.test("KnownCopies.find() finds bytes in every store, what the registry has proved first", async () => {
  await using dir = await makeTempDir();
  const { files, put, look } = machine(dir);
  deepStrictEqual(await look().find(WANTED), []);
  const { hex } = WANTED.digest;
  const studio = await put("home/.lmstudio/models/any/model/wanted.gguf");
  const ollama = await put(`home/.ollama/models/blobs/sha256-${hex}`);
  const blob = await put(`hub/models--any--model/blobs/${hex}`);
  await files.add("acme/other", { "other.gguf": DATA });
  const found = await look().find(WANTED);
  deepStrictEqual(told(found), ["library proved named", "hf-cache named", "ollama named", "lmstudio"]);
  deepStrictEqual(found.map(({ path }) => path), [
    await realpath(dir.join("acme/other/other.gguf")),
    blob,
    ollama,
    studio,
  ]);
});

Deno.test("KnownCopies.find() leaves out what cannot have the bytes, and the name that they are to get", async () => {
  await using dir = await makeTempDir();
  const { files, put, look } = machine(dir);
  const { hex } = WANTED.digest;
  await put("home/.lmstudio/models/any/model/wanted.gguf", `${DATA}!`);
  await put("home/.lmstudio/models/any/model/unlike.gguf");
  await put(`home/.ollama/models/blobs/sha256-${hex}`, "short");
  await put(`hub/models--any--model/blobs/${hex}.incomplete`);
  await mkdir(dir.join(`hub/models--any--folder/blobs/${hex}`), { recursive: true });
  await symlink(dir.join("nowhere"), dir.join("hub/models--any--model/blobs", hex));
  deepStrictEqual(await look().find(WANTED), []);

  await files.add("acme/one", { "one.gguf": DATA });
  const except = dir.join("acme/one/one.gguf");
  strictEqual((await look().find(WANTED)).length, 1);
  deepStrictEqual(await look().find(WANTED, { except }), []);
});

Deno.test("KnownCopies.find() trusts the registry only for a file that looks untouched", async () => {
  await using dir = await makeTempDir();
  const { files, look } = machine(dir);
  await files.add("acme/one", { "one.gguf": DATA });
  const path = dir.join("acme/one/one.gguf");
  const later = new Date(Date.now() + 60_000);
  await utimes(path, later, later);
  deepStrictEqual(told(await look().find(WANTED)), ["library named"]);
  await appendFile(path, "!");
  deepStrictEqual(await look().find(WANTED), []);
});

Deno.test("KnownCopies.find() leaves out what hashing has shown to be damaged", async () => {
  await using dir = await makeTempDir();
  const { files, look } = machine(dir);
  await files.add("acme/one", { "one.gguf": DATA });
  const path = dir.join("acme/one/one.gguf");
  await files.library.noteVerified([
    { repo: "acme/one", path, status: "corrupt", expected: WANTED.digest.hex, actual: sha256("else") },
  ]);
  deepStrictEqual(await look().find(WANTED), []);
});

Deno.test("KnownCopies.find() follows links to the bytes, and tells one file once", async () => {
  await using dir = await makeTempDir();
  const { put, look } = machine(dir);
  const { hex } = WANTED.digest;
  const shared = await put("elsewhere/bytes");
  for (const repo of ["one", "two"]) {
    const blob = dir.join(`hub/models--any--${repo}/blobs/${hex}`);
    await mkdir(dirname(blob), { recursive: true });
    await symlink(shared, blob);
  }
  deepStrictEqual((await look().find(WANTED)).map(({ path }) => path), [shared]);
});

Deno.test("KnownCopies.find() finds small files by git's digest, and never by their names", async () => {
  await using dir = await makeTempDir();
  const { put, look } = machine(dir);
  const hex = "ab".repeat(20);
  const small = { path: "config.json", sizeBytes: 2, digest: { algorithm: "git-sha1", hex } } as const;
  await put("home/.lmstudio/models/any/model/config.json", "{}");
  deepStrictEqual(await look().find(small), []);
  await put(`hub/models--any--model/blobs/${hex}`, "{}");
  deepStrictEqual(told(await look().find(small)), ["hf-cache named"]);
});

Deno.test("KnownCopies.find() finds real files in a cache that has no links", async () => {
  await using dir = await makeTempDir();
  const { put, look } = machine(dir);
  const snapshots = `hub/models--any--model/snapshots/${"1".repeat(40)}`;
  const real = await put(`${snapshots}/sub/wanted.gguf`);
  await put(`${snapshots}/unlike.gguf`);
  const found = await look().find(WANTED);
  deepStrictEqual([told(found), found[0]?.path], [["hf-cache"], real]);
});

Deno.test("KnownCopies.find() is not stopped by a registry or a cache that cannot be read", async () => {
  await using dir = await makeTempDir();
  const { put, home } = machine(dir);
  await put("hub", "no folder");
  const ollama = await put(`home/.ollama/models/blobs/sha256-${WANTED.digest.hex}`);
  const copies = new KnownCopies({
    library: { modelsDir: dir.path, entries: () => Promise.reject(new Error("damaged")) },
    hfCacheDirectory: join(dir.path, "hub"),
    apps: { home, ollamaModels: undefined, ollamaHost: undefined },
  });
  deepStrictEqual((await copies.find(WANTED)).map(({ path }) => path), [ollama]);
});

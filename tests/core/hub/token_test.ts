import { deepStrictEqual, match, rejects, strictEqual } from "node:assert/strict";
import { chmod, readdir, readFile, stat, symlink } from "node:fs/promises";
import type { ModelManagerError } from "../../../core/base/errors.ts";
import { discoverToken, removeToken, storeToken, tokenPath } from "../../../core/hub/token.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

const windows = Deno.build.os === "windows";

Deno.test("tokenPath() follows the Hub's own tools", { ignore: windows }, () => {
  const path = (environment: Record<string, string>): string => tokenPath({ environment, home: "/home/ann" });
  strictEqual(path({}), "/home/ann/.cache/huggingface/token");
  strictEqual(path({ XDG_CACHE_HOME: "/cache" }), "/cache/huggingface/token");
  strictEqual(path({ HF_HOME: "/hf", XDG_CACHE_HOME: "/cache" }), "/hf/token");
  strictEqual(path({ HF_HOME: "~/hf" }), "/home/ann/hf/token");
  strictEqual(path({ HF_HOME: "$DATA/hf/${SUB}", DATA: "/data", SUB: "x" }), "/data/hf/x/token");
  strictEqual(path({ HF_HOME: "/a/$UNKNOWN" }), "/a/$UNKNOWN/token");
  strictEqual(path({ HF_HOME: "" }), "/home/ann/.cache/huggingface/token");
  strictEqual(path({ HF_TOKEN_PATH: "~/my-token", HF_HOME: "/hf" }), "/home/ann/my-token");
});

Deno.test("discoverToken() looks in HF_TOKEN, then HUGGING_FACE_HUB_TOKEN, then the file", async () => {
  await using dir = await makeTempDir();
  const file = await dir.write("token", " hf_file\n");
  const find = (environment: Record<string, string>) =>
    discoverToken({ environment: { HF_HOME: dir.path, ...environment }, home: dir.path });
  deepStrictEqual(await find({ HF_TOKEN: " hf_first\r\n", HUGGING_FACE_HUB_TOKEN: "hf_second" }), {
    token: "hf_first",
    source: "HF_TOKEN",
  });
  deepStrictEqual(await find({ HF_TOKEN: " ", HUGGING_FACE_HUB_TOKEN: "hf_second" }), {
    token: "hf_second",
    source: "HUGGING_FACE_HUB_TOKEN",
  });
  deepStrictEqual(await find({}), { token: "hf_file", source: file });
});

Deno.test("discoverToken() is undefined when there is none, or when none may be sent unasked", async () => {
  await using dir = await makeTempDir();
  const places = { environment: { HF_HOME: dir.path }, home: dir.path };
  strictEqual(await discoverToken(places), undefined);
  await dir.write("token", "\n");
  strictEqual(await discoverToken(places), undefined);
  for (const on of ["1", "true", "Yes", "ON"]) {
    const environment = { HF_TOKEN: "hf_x", HF_HUB_DISABLE_IMPLICIT_TOKEN: on };
    strictEqual(await discoverToken({ environment, home: dir.path }), undefined);
  }
  const off = { HF_TOKEN: "hf_x", HF_HUB_DISABLE_IMPLICIT_TOKEN: "0" };
  strictEqual((await discoverToken({ environment: off, home: dir.path }))?.token, "hf_x");
});

Deno.test("discoverToken() says where a token is that cannot be one, without showing it", async () => {
  const places = { environment: { HF_TOKEN: "hf_se cret" }, home: "/none" };
  await rejects(discoverToken(places), (error: ModelManagerError) => {
    strictEqual(error.code, "AUTHENTICATION_ERROR");
    match(error.message, /"HF_TOKEN"/);
    strictEqual(`${error.message}${error.hints}`.includes("cret"), false);
    return true;
  });
});

Deno.test("storeToken() keeps the token for the owner's eyes only, and removeToken() deletes it", async () => {
  await using dir = await makeTempDir();
  const places = { environment: { HF_HOME: dir.join("new", "hf") }, home: dir.path };
  const path = await storeToken("  hf_stored\n", places);
  strictEqual(await readFile(path, "utf8"), "hf_stored");
  if (!windows) {
    strictEqual((await stat(path)).mode & 0o777, 0o600);
    strictEqual((await stat(dir.join("new", "hf"))).mode & 0o777, 0o700);
  }
  deepStrictEqual(await discoverToken(places), { token: "hf_stored", source: path });
  strictEqual(await removeToken(places), true);
  strictEqual(await removeToken(places), false);
  strictEqual(await discoverToken(places), undefined);
});

Deno.test("storeToken() replaces a file that others could read, and leaves nothing beside it", {
  ignore: windows,
}, async () => {
  await using dir = await makeTempDir();
  const old = await dir.write("token", "hf_old");
  await chmod(old, 0o644);
  const places = { environment: { HF_HOME: dir.path }, home: dir.path };
  await storeToken("hf_new", places);
  strictEqual((await stat(old)).mode & 0o777, 0o600);
  deepStrictEqual(await readdir(dir.path), ["token"]);
});

Deno.test("storeToken() writes through a link", { ignore: windows }, async () => {
  await using dir = await makeTempDir();
  const real = await dir.write("real", "hf_old");
  await symlink(real, dir.join("token"));
  await storeToken("hf_new", { environment: { HF_HOME: dir.path }, home: dir.path });
  strictEqual(await readFile(real, "utf8"), "hf_new");
});

Deno.test("storeToken() refuses what cannot be a token and writes nothing", async () => {
  await using dir = await makeTempDir();
  for (const text of ["", "  ", "two words"]) {
    await rejects(storeToken(text, { environment: { HF_HOME: dir.path }, home: dir.path }), {
      code: "AUTHENTICATION_ERROR",
    });
  }
  deepStrictEqual(await readdir(dir.path), []);
});

import assert from "node:assert/strict";
import {
  hfCacheDirectory,
  hfCacheSettings,
  hfRefPath,
  hfRepoPlace,
  hfSnapshotPath,
  parseHfFolderName,
} from "../../../../core/library/hf_cache/cache_place.ts";

const POSIX = { ignore: Deno.build.os === "windows" };
const COMMIT = "c".repeat(40);

Deno.test("hfCacheDirectory() follows the variables in the order of the Hub's own tools", POSIX, () => {
  const cases: readonly (readonly [Readonly<Record<string, string>>, string])[] = [
    [{}, "/home/ada/.cache/huggingface/hub"],
    [{ XDG_CACHE_HOME: "/xdg" }, "/xdg/huggingface/hub"],
    [{ XDG_CACHE_HOME: "~/xdg" }, "/home/ada/xdg/huggingface/hub"],
    [{ XDG_CACHE_HOME: "/xdg", HF_HOME: "/hf" }, "/hf/hub"],
    [{ HF_HOME: "~/hf" }, "/home/ada/hf/hub"],
    [{ HF_HOME: "$DISK/hf", DISK: "/mnt" }, "/mnt/hf/hub"],
    [{ HF_HOME: "${DISK}/hf", DISK: "/mnt" }, "/mnt/hf/hub"],
    [{ HF_HOME: "/$UNKNOWN/hf" }, "/$UNKNOWN/hf/hub"],
    [{ HF_HOME: "/hf", HUGGINGFACE_HUB_CACHE: "/old" }, "/old"],
    [{ HF_HOME: "/hf", HUGGINGFACE_HUB_CACHE: "~/old" }, "/home/ada/old"],
    [{ HF_HUB_CACHE: "~/new", HUGGINGFACE_HUB_CACHE: "/old" }, "/home/ada/new"],
    [{ HF_HUB_CACHE: "", HF_HOME: "" }, "/home/ada/.cache/huggingface/hub"],
    [{ HF_HUB_CACHE: "/a/../b/" }, "/b"],
  ];
  for (const [environment, wanted] of cases) {
    assert.equal(hfCacheDirectory(environment, "/home/ada"), wanted, JSON.stringify(environment));
  }
});

Deno.test("hfCacheSettings() heeds HF_HUB_DISABLE_SYMLINKS", () => {
  assert.equal(hfCacheSettings({}, "/home/ada").symlinks, true);
  assert.equal(hfCacheSettings({ HF_HUB_DISABLE_SYMLINKS: "0" }, "/home/ada").symlinks, true);
  for (const word of ["1", "ON", "yes", "True"]) {
    assert.equal(hfCacheSettings({ HF_HUB_DISABLE_SYMLINKS: word }, "/home/ada").symlinks, false, word);
  }
});

Deno.test("hfRepoPlace() names folders as the Hub's own tools do", POSIX, () => {
  const place = hfRepoPlace("/hf", "acme/m");
  assert.equal(place.folder, "/hf/models--acme--m");
  assert.equal(place.locks, "/hf/.locks/models--acme--m");
  assert.equal(place.partial, "/hf/.locks/models--acme--m/.model-manager");
  assert.equal(hfRepoPlace("/hf", "gpt2").folder, "/hf/models--gpt2");
  assert.equal(hfRepoPlace("/hf", "acme/d", "dataset").folder, "/hf/datasets--acme--d");
  for (const repo of ["../x", "a/b/c", "a--b/c", ""]) {
    assert.throws(() => hfRepoPlace("/hf", repo), { code: "FAILED" }, repo);
  }
});

Deno.test("parseHfFolderName() reads these names back", () => {
  assert.deepEqual(parseHfFolderName("models--acme--m"), { kind: "model", repo: "acme/m" });
  assert.deepEqual(parseHfFolderName("models--gpt2"), { kind: "model", repo: "gpt2" });
  assert.deepEqual(parseHfFolderName("spaces--acme--x"), { kind: "space", repo: "acme/x" });
  for (
    const name of [
      "blobs",
      ".locks",
      "version.txt",
      "models--",
      "other--a--b",
      "models--..--..",
      "models--a----b",
    ]
  ) {
    assert.equal(parseHfFolderName(name), undefined, name);
  }
});

Deno.test("hfSnapshotPath() and hfRefPath() lead out of nothing", POSIX, () => {
  const place = hfRepoPlace("/hf", "acme/m");
  assert.equal(hfSnapshotPath(place, COMMIT, "sub/a.bin"), `${place.snapshots}/${COMMIT}/sub/a.bin`);
  assert.throws(() => hfSnapshotPath(place, COMMIT, "../a"), { code: "FAILED" });
  assert.throws(() => hfSnapshotPath(place, "../x", "a"), RangeError);
  assert.equal(hfRefPath(place, "refs/pr/1"), `${place.refs}/refs/pr/1`);
  assert.equal(hfRefPath(place, COMMIT), undefined);
  assert.equal(hfRefPath(place, "../../x"), undefined);
});

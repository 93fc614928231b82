import assert from "node:assert/strict";
import { posix, win32 } from "node:path";
import fc from "fast-check";
import { compilePattern } from "../../../core/base/file_pattern.ts";
import { checkRepoPaths, repoPathProblem } from "../../../core/base/repo_path.ts";

for (
  const path of [
    "config.json",
    ".gitattributes",
    "Q4_K_M/model-00001-of-00003.gguf",
    "onnx/.hidden/a",
    "a..b/c...d",
    "ünïcödé/模型.gguf",
    "console.log",
    "sub/.cache/x",
    "com10.txt",
    "auxiliary/con-figs",
    "name with spaces.txt",
    "x".repeat(255),
  ]
) {
  Deno.test(`repoPathProblem() accepts ${JSON.stringify(path.slice(0, 40))}`, () => {
    assert.equal(repoPathProblem(path), undefined);
  });
}

const hostile: readonly (readonly [string, RegExp])[] = [
  ["", /empty/],
  ["../escape", /"\.\."/],
  ["a/../../b", /"\.\."/],
  ["./a", /"\."/],
  ["/etc/passwd", /absolute/],
  ["//server/share", /absolute/],
  ["a//b", /empty folder/],
  ["a/", /empty folder/],
  ["C:/Windows/x", /drive letter/],
  ["c:x", /drive letter/],
  ["a\\b", /backslash/],
  ["..\\..\\b", /backslash/],
  ["a\0b", /NUL/],
  ["a\nb", /character/],
  ["a\x1b[31m", /character/],
  ["a\x7f", /character/],
  ["file.txt:stream", /character/],
  ["what?.bin", /character/],
  ["lone\ud800surrogate", /character/],
  ["con", /reserved/],
  ["CON.txt", /reserved/],
  ["dir/Aux", /reserved/],
  ["nul.tar.gz", /reserved/],
  ["COM1", /reserved/],
  ["lpt9.bin", /reserved/],
  ["com¹.x", /reserved/],
  ["con .txt", /reserved/],
  ["CONOUT$", /reserved/],
  ["prn/x", /reserved/],
  ["trailing.", /dot or a space/],
  ["trailing ", /dot or a space/],
  ["dir. /x", /dot or a space/],
  ["...", /dot or a space/],
  ["x".repeat(256), /255/],
  ["é".repeat(128), /255/],
  [".cache/journal", /our own/],
  [".CACHE/journal", /our own/],
];

for (const [path, problem] of hostile) {
  Deno.test(`repoPathProblem() refuses ${JSON.stringify(path.slice(0, 40))}`, () => {
    assert.match(repoPathProblem(path) ?? "accepted", problem);
  });
}

/** Names made of the pieces that break out of folders. */
const anyPath = fc.oneof(
  fc.string(),
  fc.array(fc.constantFrom("..", ".", "/", "\\", "a", "C:", "con", "\0", " ", ".cache", "~")).map((parts) =>
    parts.join("")
  ),
);

Deno.test("repoPathProblem() accepts only paths that stay below the folder on every system", () => {
  fc.assert(
    fc.property(anyPath, (path) => {
      if (repoPathProblem(path) !== undefined) return;
      assert.equal(posix.join("/library/a", path), `/library/a/${path}`);
      assert.equal(win32.join("C:\\library\\a", path), `C:\\library\\a\\${path.replaceAll("/", "\\")}`);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("checkRepoPaths() accepts paths that can live side by side, and one path twice", () => {
  checkRepoPaths("acme/m", ["a", "b/c", "b/d", "b.c", "B2/c", "a"]);
  checkRepoPaths("acme/m", []);
});

Deno.test("checkRepoPaths() names the unsafe file, escaped, and the repository", () => {
  assert.throws(() => checkRepoPaths("acme/m", ["fine", "a\x1b[2J"]), {
    code: "FAILED",
    message: String
      .raw`Refused the file "a\u001b[2J" of "acme/m": it contains a character that no file name may have`,
    hints: ["Leave it out: mm pull acme/m -x 'a??2J'", "Name the files you want: mm show acme/m"],
  });
});

Deno.test("checkRepoPaths() says how to leave out a file, in a pattern that matches it", () => {
  for (const path of ["q?mark.gguf", "star*.bin", "it's:here", "a[1]|b", "lone\ud800", "dir./x", "tab\tx"]) {
    assert.throws(() => checkRepoPaths("acme/m", [path]), (error: unknown) => {
      assert.ok(error instanceof Error && "hints" in error && Array.isArray(error.hints));
      const [, pattern] = /^Leave it out: mm pull acme\/m -x '([^']*)'$/.exec(error.hints[0]) ?? [];
      assert.ok(compilePattern(pattern ?? "")(path), `${pattern} against ${path}`);
      return true;
    });
  }
});

const collisions: readonly (readonly [string, string])[] = [
  ["Model.gguf", "model.gguf"],
  ["Dir/a", "dir/A"],
  ["e\u0301", "\u00e9"],
  ["straße", "STRASSE"],
  ["ſ", "s"],
];

for (const paths of collisions) {
  Deno.test(`checkRepoPaths() refuses ${paths.join(" beside ")}`, () => {
    assert.throws(() => checkRepoPaths("acme/m", paths), {
      code: "FAILED",
      message: `Refused the files "${paths[0]}" and "${
        paths[1]
      }" of "acme/m": their names differ only in case`,
      hints: [`Pull one of them: mm pull "acme/m:${paths[1]}"`],
    });
  });
}

for (const paths of [["a", "a/b"], ["A/b/c", "a"], ["x/y", "x/y/z/w"]]) {
  Deno.test(`checkRepoPaths() refuses the file and folder ${paths.join(" beside ")}`, () => {
    assert.throws(() => checkRepoPaths("acme/m", paths), { code: "FAILED", message: /in the way/ });
  });
}

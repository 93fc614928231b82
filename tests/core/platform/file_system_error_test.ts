import assert from "node:assert/strict";
import { fromErrorData, ModelManagerError, toErrorData } from "../../../core/base/errors.ts";
import { fileSystemError, isNotFound, isSystemError } from "../../../core/platform/file_system_error.ts";

function withCode(code: string): Error {
  return Object.assign(new Error(`${code}: something`), { code });
}

Deno.test("fileSystemError() gives every failure a code, a plain reason and a hint", () => {
  const cases: readonly (readonly [error: unknown, code: string, message: RegExp])[] = [
    [withCode("EACCES"), "PERMISSION_ERROR", /permission denied$/],
    [withCode("EPERM"), "PERMISSION_ERROR", /not permitted$/],
    [withCode("EROFS"), "PERMISSION_ERROR", /read-only$/],
    [withCode("ENOSPC"), "INSUFFICIENT_SPACE", /the disk is full$/],
    [withCode("EDQUOT"), "INSUFFICIENT_SPACE", /quota/],
    [withCode("ENOENT"), "FAILED", /does not exist$/],
    [withCode("EBUSY"), "LOCKED", /another program/],
    [withCode("EXDEV"), "FAILED", /different disks$/],
    [new Deno.errors.PermissionDenied("no"), "PERMISSION_ERROR", /permission denied$/],
    [new Deno.errors.NotFound("no"), "FAILED", /does not exist$/],
    [new Error("No space left on device (os error 28)"), "INSUFFICIENT_SPACE", /the disk is full$/],
    [new Error("File too large (os error 27)"), "INSUFFICIENT_SPACE", /cannot hold a file of this size$/],
    [new Error("Something odd."), "FAILED", /: Something odd$/],
    ["text", "FAILED", /: text$/],
  ];
  for (const [cause, code, message] of cases) {
    const error = fileSystemError(cause, "write", "/models/a");
    assert.equal(error.code, code, String(cause));
    assert.match(error.message, /^Cannot write "\/models\/a": /);
    assert.match(error.message, message);
    assert.equal(error.cause, cause);
    assert.equal(error.hints.length, 1);
    assert.doesNotMatch(error.hints.join(), /PATH/);
  }
});

Deno.test("fileSystemError() names the flag that a process lacks", () => {
  const cause = new Deno.errors.NotCapable(
    'Requires write access to "/x", run again with the --allow-write flag',
  );
  const error = fileSystemError(cause, "write", "/x");
  assert.equal(error.code, "PERMISSION_ERROR");
  assert.match(error.hints.join(), /--allow-write/);
});

Deno.test("fileSystemError() names the path that was refused where a link leads elsewhere", () => {
  const refused = (kind: string, path: string) =>
    new Deno.errors.NotCapable(
      `Requires ${kind} access to "${path}", run again with the --allow-${kind} flag`,
    );
  const hints = (kind: string, path: string) =>
    fileSystemError(refused(kind, path), "lock", "/link/m/a.lock").hints;
  assert.match(hints("read", "/real/m/a.lock")[0] ?? "", /--allow-read=\/real\/m\/a\.lock to/);
  assert.match(hints("write", "/real/m/a.lock")[0] ?? "", /--allow-write=\/real\/m to/);
  assert.match(hints("read", "/real/m/a.lock")[1] ?? "", /mm doctor --permissions pull$/);
  assert.match(hints("write", "/link/m/.a.tmp")[0] ?? "", /--allow-write=\/link\/m to/);
  assert.equal(hints("write", "/link/m/.a.tmp").length, 1);
});

Deno.test("fileSystemError() leaves errors of ours as they are", () => {
  const ours = new ModelManagerError("CANCELLED", "Cancelled");
  assert.equal(fileSystemError(ours, "write", "/x"), ours);
});

Deno.test("fileSystemError() understands what the real system throws", async () => {
  const path = await Deno.makeTempFile();
  try {
    const notFolder = await Deno.readTextFile(`${path}/x`).catch((error: unknown) => error);
    assert.match(fileSystemError(notFolder, "read", path).message, /a file is where a folder was wanted$/);
    const missing = await Deno.readTextFile(`${path}x`).catch((error: unknown) => error);
    assert.ok(isNotFound(missing));
    assert.ok(isNotFound(fileSystemError(missing, "read", path)));
    assert.ok(!isNotFound(notFolder));
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("isSystemError() sees through errors of ours, also those of which only the text is left", () => {
  const ours = fileSystemError(withCode("EFBIG"), "write", "/x");
  assert.ok(isSystemError(ours, "EFBIG"));
  assert.ok(!isSystemError(ours, "ENOSPC"));
  const crossed = fromErrorData(
    toErrorData(fileSystemError(new Deno.errors.NotFound("gone (os error 2)"), "a", "/x")),
  );
  assert.ok(isNotFound(crossed));
  assert.ok(!isNotFound(new ModelManagerError("NOT_FOUND", "No such model")), "that is for models");
});

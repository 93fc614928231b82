import { match, ok, rejects, strictEqual } from "node:assert/strict";
import { stat } from "node:fs/promises";
import { canBeSocket, connectLocally, listenLocally } from "../../../core/platform/local_socket.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

const HAS_SOCKETS = Deno.build.os !== "windows";

function echo(request: Request): Response {
  return new Response(`${request.method} ${new URL(request.url).pathname}`);
}

Deno.test("listenLocally() answers on a socket that only this user can reach", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("queue", "control.sock");
  await using listener = await listenLocally(echo, { paths: [path] });
  using client = connectLocally(listener.address);
  strictEqual(await (await client.fetch("/a", { method: "POST", body: "x" })).text(), "POST /a");
  if (!HAS_SOCKETS) return;
  strictEqual(listener.address.transport, "unix");
  strictEqual((await stat(path)).mode & 0o777, 0o600);
  strictEqual((await stat(dir.join("queue"))).mode & 0o777, 0o700);
});

Deno.test("listenLocally() takes the place of a socket that a dead process has left", async () => {
  await using dir = await makeTempDir();
  const path = await dir.write("queue/control.sock", "stale");
  await using listener = await listenLocally(echo, { paths: [path] });
  using client = connectLocally(listener.address);
  strictEqual(await (await client.fetch("/b")).text(), "GET /b");
});

Deno.test("listenLocally() goes on to the next place, and to loopback where no socket can be", async () => {
  await using dir = await makeTempDir();
  const long = dir.join("x".repeat(120), "control.sock");
  strictEqual(canBeSocket(long), false);
  const inFile = `${await dir.write("file")}/control.sock`;
  await using second = await listenLocally(echo, { paths: [long, inFile, dir.join("s", "c.sock")] });
  strictEqual(second.address.transport, HAS_SOCKETS ? "unix" : "tcp");
  await using third = await listenLocally(echo, { paths: [long, inFile] });
  ok(third.address.transport === "tcp");
  using client = connectLocally(third.address);
  strictEqual(await (await client.fetch("/c")).text(), "GET /c");
});

Deno.test("LocalListener.shutdown() answers what was asked before, and nothing after", async () => {
  await using dir = await makeTempDir();
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  const listener = await listenLocally(async (request) => {
    asked.resolve();
    await answer.promise;
    return echo(request);
  }, { paths: [dir.join("s", "c.sock")] });
  using client = connectLocally(listener.address);
  const reply = client.fetch("/slow").then((response) => response.text());
  await asked.promise;
  const shutdown = listener.address.transport === "unix" ? listener.shutdown() : Promise.resolve();
  answer.resolve();
  match(await reply, /slow/);
  await shutdown;
  await listener[Symbol.asyncDispose]();
  using other = connectLocally(listener.address);
  await rejects(other.fetch("/late"));
});

import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { readFile, stat, writeFile } from "node:fs/promises";
import { isModelManagerError, ModelManagerError } from "../../../core/base/errors.ts";
import { type ControlPlaces, controlPlaces } from "../../../core/daemon/address_file.ts";
import { connectControl } from "../../../core/daemon/control_client.ts";
import { type ControlServer, serveControl } from "../../../core/daemon/control_server.ts";
import { queueCalls, queueConnection, queueStreams } from "../../../core/daemon/queue_control.ts";
import type { QueueCommand } from "../../../core/jobs/commands.ts";
import type { QueueEvent } from "../../../core/jobs/queue_events.ts";
import type { QueueConnection, QueueService } from "../../../core/jobs/queue_service.ts";
import { connectLocally } from "../../../core/platform/local_socket.ts";
import { makeTempDir, type TempDir } from "../../support/temp_dir.ts";
import { waitUntil } from "../../support/run_program.ts";
import { makeJob } from "../jobs/job_fixture.ts";

const JOB = makeJob({ status: "downloading" });

class FakeService implements QueueService {
  readonly commands: QueueCommand[] = [];
  readonly listeners = new Set<(event: QueueEvent) => void>();
  answer: () => ReturnType<QueueService["execute"]> = () =>
    Promise.resolve([{ id: JOB.id, changed: true, job: JOB }]);

  list(): ReturnType<QueueService["list"]> {
    return Promise.resolve({ jobs: [JOB], damaged: ["x"] });
  }

  execute(command: QueueCommand): ReturnType<QueueService["execute"]> {
    this.commands.push(command);
    return this.answer();
  }

  subscribe(listener: (event: QueueEvent) => void): Disposable {
    listener({ type: "job", jobId: JOB.id, job: JOB });
    this.listeners.add(listener);
    return { [Symbol.dispose]: () => void this.listeners.delete(listener) };
  }

  emit(receivedBytes: number): void {
    for (const listener of this.listeners) {
      listener({
        type: "progress",
        jobId: JOB.id,
        reference: "r",
        file: "f",
        connections: 1,
        receivedBytes,
        totalBytes: 100,
      });
    }
  }
}

function placesIn(dir: TempDir): ControlPlaces {
  return controlPlaces(dir.join("state/queue"), { key: "k" });
}

/** Serves a queue. */
function serve(
  places: ControlPlaces,
  options: {
    readonly service?: QueueService;
    readonly pid?: number;
    readonly onError?: (error: unknown) => void;
  } = {},
): Promise<ControlServer> {
  const { service = new FakeService(), pid = 7, onError } = options;
  return serveControl({
    places,
    pid,
    calls: queueCalls(service),
    streams: queueStreams(service),
    ...(onError === undefined ? {} : { onError }),
  });
}

async function connect(dir: TempDir): Promise<QueueConnection> {
  const client = await connectControl(placesIn(dir));
  ok(client !== undefined);
  return queueConnection(client);
}

Deno.test("connectControl() finds nobody where nobody is, or was killed", async () => {
  await using dir = await makeTempDir();
  const places = placesIn(dir);
  strictEqual(await connectControl(places), undefined);
  const server = await serve(places);
  const left = await readFile(dir.join("state/queue/control.json"));
  await server.close();
  strictEqual(await connectControl(places), undefined);
  await writeFile(dir.join("state/queue/control.json"), left);
  strictEqual(await connectControl(places), undefined, "a socket that nobody listens at");
  await writeFile(dir.join("state/queue/control.json"), "{");
  strictEqual(await connectControl(places), undefined);
  await using _again = await serve(places, { pid: 8 });
  using connection = await connectControl(places);
  strictEqual(connection?.pid, 8);
});

Deno.test("ControlConnection carries jobs, commands and errors", async () => {
  await using dir = await makeTempDir();
  const service = new FakeService();
  await using _server = await serve(placesIn(dir), { service });
  using connection = await connect(dir);
  deepStrictEqual(await connection.list(), { jobs: [JOB], damaged: ["x"] });
  const commands: QueueCommand[] = [
    { type: "pause", ids: ["a", "all"] },
    { type: "priority", ids: ["a"], priority: "urgent" },
    { type: "move", id: "a", place: 3 },
    { type: "clear", status: "failed" },
    {
      type: "add",
      requests: [{
        reference: "acme/m",
        options: { include: ["*.json"], limitBytesPerSecond: null, connections: 2, force: true },
        priority: "low",
        modelsDir: "/m",
        endpoint: "https://hub.test",
      }],
    },
  ];
  for (const command of commands) {
    deepStrictEqual(await connection.execute(command), [{ id: JOB.id, changed: true, job: JOB }]);
  }
  deepStrictEqual(service.commands, commands);
  service.answer = () => Promise.reject(new ModelManagerError("USAGE_ERROR", "no", { hints: ["do this"] }));
  await rejects(
    connection.execute({ type: "clear" }),
    (error) => isModelManagerError(error) && error.message === "no" && error.hints[0] === "do this",
  );
});

Deno.test("ControlConnection.events() brings what happens, and ends with the other's work", async () => {
  await using dir = await makeTempDir();
  const service = new FakeService();
  const server = await serve(placesIn(dir), { service });
  using connection = await connect(dir);
  const seen: (string | number)[] = [];
  for await (const event of connection.events(undefined)) {
    seen.push(event.type === "progress" ? event.receivedBytes : event.type);
    if (event.type === "job") service.emit(10);
    else if (seen.length < 4) service.emit(seen.length * 10);
    else void server.close();
  }
  deepStrictEqual(seen, ["job", 10, 20, 30]);
  strictEqual(service.listeners.size, 0);
});

Deno.test("ControlConnection.events() leaves the other at work when its reader goes away", async () => {
  await using dir = await makeTempDir();
  const service = new FakeService();
  await using _server = await serve(placesIn(dir), { service });
  using connection = await connect(dir);
  const stop = new AbortController();
  await rejects(async () => {
    for await (const _event of connection.events(stop.signal)) {
      stop.abort(new ModelManagerError("CANCELLED", "Cancelled"));
    }
  }, /Cancelled/);
  await waitUntil("the listener is gone", () => {
    service.emit(50);
    return service.listeners.size === 0;
  });
});

Deno.test("serveControl() answers nobody who does not know the secret, and no nonsense", async () => {
  await using dir = await makeTempDir();
  const errors: unknown[] = [];
  const service = new FakeService();
  const onError = (error: unknown): void => void errors.push(error);
  await using _server = await serve(placesIn(dir), { service, onError });
  const file = dir.join("state/queue/control.json");
  if (Deno.build.os !== "windows") strictEqual((await stat(file)).mode & 0o777, 0o600);
  const { address, token } = JSON.parse(await readFile(file, "utf8"));
  using client = connectLocally(address);
  const ask = async (path: string, init: RequestInit, secret = token) => {
    const headers = { authorization: `Bearer ${secret}` };
    const response = await client.fetch(path, { ...init, headers });
    return [response.status, await response.text()] as const;
  };
  strictEqual((await ask("/v1/jobs", {}, "guess"))[0], 401);
  strictEqual((await ask("/v1/none", {}))[0], 404);
  for (
    const body of [
      "",
      "nonsense",
      "[]",
      `{"type":"explode"}`,
      `{"type":"pause"}`,
      `{"type":"pause","ids":[1]}`,
    ]
  ) {
    const [status, text] = await ask("/v1/commands", { method: "POST", body });
    strictEqual(status, 400);
    match(text, /USAGE_ERROR/);
  }
  deepStrictEqual(service.commands, []);
  service.answer = () => Promise.reject(new TypeError("a bug"));
  strictEqual((await ask("/v1/commands", { method: "POST", body: `{"type":"clear"}` }))[0], 500);
  strictEqual(errors.length, 1);
});

Deno.test("QueueServer.close() answers the command that is under way, and lets later ones know", async () => {
  await using dir = await makeTempDir();
  const service = new FakeService();
  const server = await serve(placesIn(dir), { service });
  using connection = await connect(dir);
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  service.answer = async () => {
    asked.resolve();
    await answer.promise;
    return [];
  };
  const reply = connection.execute({ type: "clear" });
  await asked.promise;
  const closing = server.close();
  answer.resolve();
  if (Deno.build.os !== "windows") deepStrictEqual(await reply, []);
  await closing;
  strictEqual(await connection.execute({ type: "clear" }), undefined);
});

Deno.test("controlPlaces() has a second place for sockets where the system gives one", () => {
  const { folder, sockets } = controlPlaces("/s/queue", { key: "k", runtimeDir: "/run/user/1" });
  deepStrictEqual(sockets.length, 2);
  match(sockets[1] ?? "", /model-manager.k\.sock$/);
  match(folder, /queue$/);
  strictEqual(controlPlaces("/s/queue", { key: "k", runtimeDir: "relative" }).sockets.length, 1);
});

Deno.test("serveControl() serves whatever calls and streams it is given, and nothing else", async () => {
  await using dir = await makeTempDir();
  const places = placesIn(dir);
  await using _server = await serveControl({
    places,
    pid: 7,
    calls: { "POST /v1/echo": (body) => ({ body }), "GET /v1/none": () => ({ body: undefined }) },
    streams: {
      "GET /v1/numbers": (listener) => {
        for (const number of [1, 2, 3]) listener({ number }, number === 3 ? undefined : "replaced");
        return { [Symbol.dispose]() {} };
      },
    },
  });
  using client = await connectControl(places);
  ok(client !== undefined);
  ok(!Number.isNaN(Date.parse(client.startedAt)));
  deepStrictEqual(await client.call("POST /v1/echo", { a: [1] }), { body: { a: [1] } });
  deepStrictEqual(await client.call("GET /v1/none"), {});
  strictEqual(await client.call("GET /v1/echo"), undefined);
  strictEqual(await client.call("GET constructor"), undefined);
  const seen: unknown[] = [];
  for await (const event of client.listen("GET /v1/numbers", undefined)) {
    seen.push(event);
    if (seen.length === 2) break;
  }
  deepStrictEqual(seen, [{ number: 2 }, { number: 3 }]);
});

/**
 * The servers of the matrix: the Hub as tests have it, `mm serve`, and `mm serve --pull-through`, each of them also
 * through a network that cuts connections.
 *
 * @module
 */
import { startFakeHub } from "../../support/fake_hub.ts";
import { type Fault, requestsFor } from "../../support/faults.ts";
import { type RawEffect, startRawFront } from "../../support/raw_front.ts";
import { openSandbox, type RunningProgram, type Sandbox, waitUntil } from "../../support/run_program.ts";
import type { Expected, Scene } from "./client_case.ts";
import { ACCESS, expectedOfHub, expectedOfLibrary, LARGE, PULLED, SOURCE, TOKEN } from "./matrix_models.ts";

/** A server that is running, for one client. */
export type Opened = AsyncDisposable & Pick<Scene, "endpoint" | "hasFileHost" | "token" | "expected">;

/** A column of the matrix. */
export interface Column {
  readonly name: string;
  readonly isCut: boolean;
  open(): Promise<Opened>;
}

/** `@huggingface/hub` takes no token that does not look like the Hub's own. */
const SERVER_TOKEN = `hf_${"tokenOfTheServer".repeat(2)}`;
/** The first replies with the large file are cut after so many bytes. */
const CUT_AFTER_BYTES = 300_000;
const CUTS = 3;

function hubFaults(isCut: boolean): { readonly fileHostFaults: readonly Fault[] } {
  const cut: Fault = {
    when: requestsFor(LARGE),
    times: CUTS,
    effect: { type: "cut", afterBytes: CUT_AFTER_BYTES },
  };
  return { fileHostFaults: isCut ? [cut] : [] };
}

/** Resets the first connections that ask for the large file, in the middle of the reply. */
function cutter(): (head: string) => RawEffect {
  let cuts = 0;
  return (head) => {
    const isAsked = /^GET /.test(head) && (head.split("\r\n")[0] ?? "").includes(`/${LARGE} `);
    if (!isAsked || cuts >= CUTS) return { type: "pass" };
    cuts++;
    return { type: "reset", afterBytes: CUT_AFTER_BYTES };
  };
}

/** Starts `mm serve` on a free port, and waits until it says where that is. */
export async function startServing(
  box: Sandbox,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<RunningProgram & { readonly endpoint: string }> {
  const program = box.start([...args, "--port", "0", "--json"], { env });
  await waitUntil(`it serves: ${program.stderr}`, () => program.stdout.endsWith("}\n"));
  const { endpoint } = JSON.parse(program.stdout) as { readonly endpoint: string };
  return Object.assign(program, { endpoint });
}

function startHub(isCut: boolean): ReturnType<typeof startFakeHub> {
  return startFakeHub({ source: SOURCE, access: ACCESS, pageSize: 3, ...hubFaults(isCut) });
}

/** The server, or a front before it that cuts connections. */
function frontOf(opened: AsyncDisposableStack, endpoint: string, isCut: boolean): string {
  return isCut ? opened.use(startRawFront(endpoint, cutter())).url : endpoint;
}

function hubColumn(isCut: boolean, expected: Expected): Column {
  return {
    name: "test Hub",
    isCut,
    async open() {
      await using opened = new AsyncDisposableStack();
      const { endpoint } = opened.use(await startHub(isCut));
      const owned = opened.move();
      return {
        endpoint,
        hasFileHost: true,
        token: TOKEN,
        expected,
        [Symbol.asyncDispose]: () => owned.disposeAsync(),
      };
    },
  };
}

function libraryColumn(isCut: boolean, expected: Expected, library: Sandbox): Column {
  return {
    name: "mm serve",
    isCut,
    async open() {
      await using opened = new AsyncDisposableStack();
      const env = { MM_SERVE_TOKEN: SERVER_TOKEN };
      const server = opened.use(await startServing(library, ["serve", "--allow-anonymous"], env));
      const endpoint = frontOf(opened, server.endpoint, isCut);
      const owned = opened.move();
      return {
        endpoint,
        hasFileHost: false,
        token: SERVER_TOKEN,
        expected,
        [Symbol.asyncDispose]: () => owned.disposeAsync(),
      };
    },
  };
}

function throughColumn(isCut: boolean, expected: Expected): Column {
  return {
    name: "mm serve --pull-through",
    isCut,
    async open() {
      await using opened = new AsyncDisposableStack();
      const hub = opened.use(await startHub(isCut));
      const box = opened.use(await openSandbox());
      const server = opened.use(
        await startServing(box, ["--endpoint", hub.endpoint, "serve", "--pull-through"]),
      );
      const endpoint = frontOf(opened, server.endpoint, isCut);
      const owned = opened.move();
      return {
        endpoint,
        hasFileHost: false,
        token: TOKEN,
        expected,
        [Symbol.asyncDispose]: () => owned.disposeAsync(),
      };
    },
  };
}

/** All columns; the library that is served is filled first, and gone with the scope. */
export async function openColumns(): Promise<AsyncDisposable & { readonly columns: readonly Column[] }> {
  await using opened = new AsyncDisposableStack();
  const library = opened.use(await openSandbox());
  const hub = await expectedOfHub();
  {
    await using upstream = await startHub(false);
    const args = ["--endpoint", upstream.endpoint, "--token", TOKEN, "pull", ...PULLED, "-q"];
    const { code, stderr } = await library.run(args);
    if (code !== 0) throw new Error(`The library cannot be filled: ${stderr}`);
  }
  const owned = opened.move();
  const kinds = [
    (isCut: boolean) => hubColumn(isCut, hub),
    (isCut: boolean) => libraryColumn(isCut, expectedOfLibrary(hub), library),
    (isCut: boolean) => throughColumn(isCut, hub),
  ];
  return {
    columns: [false, true].flatMap((isCut) => kinds.map((kind) => kind(isCut))),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

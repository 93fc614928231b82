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
import {
  ACCESS,
  CUT_PATHS,
  expectedOfHub,
  expectedOfLibrary,
  PULLED,
  SOURCE,
  TOKEN,
} from "./matrix_models.ts";

/** A server that is running, for one client. */
export interface Opened
  extends AsyncDisposable, Pick<Scene, "endpoint" | "hasFileHost" | "token" | "expected"> {
  /** Connections to clients that were cut so far. */
  cuts(): number;
}

/** A column of the matrix. */
export interface Column {
  readonly name: string;
  readonly isCut: boolean;
  open(): Promise<Opened>;
}

/** `@huggingface/hub` takes no token that does not look like the Hub's own. */
const SERVER_TOKEN = `hf_${"tokenOfTheServer".repeat(2)}`;
/** The first replies with a large file are cut after so many bytes. */
const CUT_AFTER_BYTES = 300_000;
const CUTS = 3;

/** Cuts the first replies with one of the large files. */
class Cutter {
  #asked = 0;

  /** Connections that were cut so far. */
  get cuts(): number {
    return Math.min(this.#asked, CUTS);
  }

  #strikes(): boolean {
    return ++this.#asked <= CUTS;
  }

  /** On the Hub's second host. */
  readonly faults: readonly Fault[] = CUT_PATHS.map((path) => ({
    when: (request) => requestsFor(path)(request) && this.#strikes(),
    effect: { type: "cut", afterBytes: CUT_AFTER_BYTES },
  }));

  /** In a front before a server: the connection is reset. */
  readonly effectOf = (head: string): RawEffect => {
    const [request = ""] = head.split("\r\n");
    const isAsked = CUT_PATHS.some((path) => request.startsWith("GET ") && request.includes(`/${path} `));
    return isAsked && this.#strikes() ? { type: "reset", afterBytes: CUT_AFTER_BYTES } : { type: "pass" };
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

function startHub(cutter?: Cutter): ReturnType<typeof startFakeHub> {
  return startFakeHub({ source: SOURCE, access: ACCESS, pageSize: 3, fileHostFaults: cutter?.faults ?? [] });
}

type Place = Pick<Opened, "endpoint" | "token"> & { readonly cutter?: Cutter | undefined };

/** Opens a server with all that it needs; `open` leaves what is to be closed in the stack. */
async function openPlace(
  expected: Expected,
  hasFileHost: boolean,
  open: (opened: AsyncDisposableStack) => Promise<Place>,
): Promise<Opened> {
  await using opened = new AsyncDisposableStack();
  const { endpoint, token, cutter } = await open(opened);
  const owned = opened.move();
  return {
    endpoint,
    token,
    hasFileHost,
    expected,
    cuts: () => cutter?.cuts ?? 0,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** The server itself, or a front before it that cuts connections. */
function withFront(opened: AsyncDisposableStack, isCut: boolean, place: Place): Place {
  if (!isCut) return place;
  const cutter = new Cutter();
  return { ...place, cutter, endpoint: opened.use(startRawFront(place.endpoint, cutter.effectOf)).url };
}

function hubColumn(isCut: boolean, expected: Expected): Column {
  const open = async (opened: AsyncDisposableStack): Promise<Place> => {
    const cutter = isCut ? new Cutter() : undefined;
    const { endpoint } = opened.use(await startHub(cutter));
    return { endpoint, token: TOKEN, cutter };
  };
  return { name: "test Hub", isCut, open: () => openPlace(expected, true, open) };
}

function libraryColumn(isCut: boolean, expected: Expected, library: Sandbox): Column {
  const open = async (opened: AsyncDisposableStack): Promise<Place> => {
    const env = { MM_SERVE_TOKEN: SERVER_TOKEN };
    const { endpoint } = opened.use(await startServing(library, ["serve", "--allow-anonymous"], env));
    return withFront(opened, isCut, { endpoint, token: SERVER_TOKEN });
  };
  return { name: "mm serve", isCut, open: () => openPlace(expected, false, open) };
}

function throughColumn(isCut: boolean, expected: Expected): Column {
  const open = async (opened: AsyncDisposableStack): Promise<Place> => {
    const hub = opened.use(await startHub(isCut ? new Cutter() : undefined));
    const box = opened.use(await openSandbox());
    const args = ["--endpoint", hub.endpoint, "serve", "--pull-through"];
    const { endpoint } = opened.use(await startServing(box, args));
    return withFront(opened, isCut, { endpoint, token: TOKEN });
  };
  return { name: "mm serve --pull-through", isCut, open: () => openPlace(expected, false, open) };
}

/** All columns; the library that is served is filled first, and gone with the scope. */
export async function openColumns(): Promise<AsyncDisposable & { readonly columns: readonly Column[] }> {
  await using opened = new AsyncDisposableStack();
  const library = opened.use(await openSandbox());
  const hub = await expectedOfHub();
  {
    await using upstream = await startHub();
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

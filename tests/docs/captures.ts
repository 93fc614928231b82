/**
 * What the real program says to real command lines on the Hub of the tests: the examples of the documents.
 *
 * Values that differ from run to run are replaced by fixed ones; everything else is as it was said.
 *
 * @module
 */
import type { ErrorCode } from "../../core/base/errors.ts";
import { GATED, GUEST_TOKEN, LARGE, TINY } from "../support/e2e_hub.ts";
import { deadEndpoint, withFaults } from "../support/faults.ts";
import { type HubBox, openHubBox } from "../support/hub_box.ts";
import type { RunningProgram } from "../support/run_program.ts";

const HOME = "/home/ada";
/** What each value that changes becomes. */
const DATE = "2026-03-14T15:09:26.535Z";

/** A failure as it is to be seen. */
export interface ErrorCapture {
  /** Everything on the screen, the command line first. */
  readonly lines: readonly string[];
  readonly exitCode: number;
}

type Provoke = (place: HubBox) => Promise<ErrorCapture>;

/** Makes a text the same on every machine and at every time. */
function steady(text: string, { box, hub }: HubBox): string {
  return text
    .replaceAll(box.home, HOME)
    .replaceAll(box.work, `${HOME}/work`)
    .replaceAll(box.path, HOME)
    .replaceAll(hub.endpoint, "https://huggingface.co")
    .replaceAll(new URL(hub.endpoint).host, "huggingface.co")
    .replace(/127\.0\.0\.1:\d{4,5}/g, "127.0.0.1:9")
    .replace(
      /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g,
      (_, fraction) => fraction === undefined ? DATE.replace(/\.\d+/, "") : DATE,
    )
    .replace(/(?<=attempt in )\d+(?= s:)/g, "0")
    .replace(/process \d+/g, "process 4242").replace(/(?<=ps -p )\d+/g, "4242")
    .replace(/\(\d+ %, [\d.]+ .B of/g, "(5 %, 1.20 MB of")
    .replace(/[\d.]+ .B free/g, "78.3 GB free");
}

async function fails(
  place: HubBox,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ErrorCapture> {
  const { code, stdout, stderr } = await place.box.run(args, { env });
  const said = steady(`${stdout}${stderr}`, place).trimEnd().split("\n").filter((line) => line !== "");
  const ours = Object.entries(env).filter(([name]) => name.startsWith("MM_")).map(([name, value]) =>
    `${name}=${value} `
  );
  return { exitCode: code, lines: [steady(`$ ${ours.join("")}mm ${args.join(" ")}`, place), ...said] };
}

/** With a file of settings of its own. */
async function failsWith(
  place: HubBox,
  settings: object,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ErrorCapture> {
  const path = `${place.box.configDir}/config.json`;
  await Deno.mkdir(place.box.configDir, { recursive: true });
  await Deno.writeTextFile(path, JSON.stringify(settings));
  try {
    return await fails(place, args, env);
  } finally {
    await Deno.remove(path);
  }
}

async function corrupted(place: HubBox): Promise<ErrorCapture> {
  const { box } = place;
  await box.run(["pull", `${TINY}:Q4_K_M`]);
  const path = `${box.modelsDir}/${TINY}/tiny-Q4_K_M.gguf`;
  using file = await Deno.open(path, { read: true, write: true });
  await file.seek(700_000, Deno.SeekMode.Start);
  await file.write(new Uint8Array([1, 2, 3, 4]));
  return await fails(place, ["verify"]);
}

/** A download that is under way, and slow. */
async function startLarge(place: HubBox): Promise<RunningProgram> {
  const { box, hub } = place;
  hub.bytesPerSecond = 200_000;
  const run = box.start(["pull", LARGE]);
  const partial = `${box.modelsDir}/${LARGE}/.cache`;
  for (let tries = 0; tries < 400; tries++) {
    const names = await Array.fromAsync(Deno.readDir(partial)).catch(() => []);
    if (names.length > 0 && run.stderr.includes("to fetch")) return run;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`The download did not begin: ${run.stderr}`);
}

/** While another process downloads the same file. */
async function locked(place: HubBox): Promise<ErrorCapture> {
  await using other = await startLarge(place);
  const capture = await fails(place, ["pull", LARGE, "--no-wait"]);
  other.signal("SIGINT");
  await other.finished;
  place.hub.bytesPerSecond = undefined;
  return capture;
}

/** By a signal as Ctrl+C sends it. */
async function cancelled(place: HubBox): Promise<ErrorCapture> {
  await using run = await startLarge(place);
  run.signal("SIGINT");
  const { code, stderr } = await run.finished;
  place.hub.bytesPerSecond = undefined;
  const said = steady(stderr, place).trimEnd().split("\n").filter((line) => line !== "");
  return { exitCode: code, lines: [`$ mm pull ${LARGE}`, "^C", ...said] };
}

/** A folder where the registry was written by a program of the future. */
async function fromTheFuture(place: HubBox): Promise<ErrorCapture> {
  const folder = `${place.box.home}/shared`;
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(`${folder}/registry.json`, '{"version": 9, "models": []}');
  return await fails(place, ["list", "--models-dir", folder]);
}

/** How each code is provoked. */
const PROVOCATIONS: Readonly<Record<ErrorCode, Provoke>> = {
  FAILED: fromTheFuture,
  USAGE_ERROR: (place) => fails(place, ["serch", "llama"]),
  CONFIG_INVALID: (place) => fails(place, ["list"], { MM_CONNECTIONS: "99" }),
  NOT_FOUND: (place) => fails(place, ["pull", `${TINY}:Q5_K_M`]),
  AUTHENTICATION_ERROR: (place) => fails(place, ["whoami"], { HF_TOKEN: `hf_${"x".repeat(34)}` }),
  GATED: (place) => fails(place, ["pull", GATED], { HF_TOKEN: GUEST_TOKEN }),
  CHECKSUM_MISMATCH: corrupted,
  NETWORK_ERROR: (place) =>
    failsWith(place, { download: { max_retries: 0 } }, ["show", TINY], { HF_ENDPOINT: deadEndpoint() }),
  RATE_LIMITED: (place) => fails(place, ["search", "limited"]),
  INSUFFICIENT_SPACE: (place) => failsWith(place, { cleanup: { reserve: "900T" } }, ["pull", `${TINY}:Q8_0`]),
  QUOTA_EXCEEDED: (place) =>
    failsWith(place, { cleanup: { max_total_size: "2M" } }, ["pull", `${TINY}:Q8_0`]),
  OFFLINE: (place) => fails(place, ["search", "llama", "--offline"]),
  LOCKED: locked,
  PARTIAL: (place) => fails(place, ["pull", `${TINY}:Q4_K_M`, "acme/none"]),
  PERMISSION_ERROR: (place) => fails(place, ["pull", TINY, "--models-dir", "/proc/models"]),
  CANCELLED: cancelled,
};

/** Every error code, really provoked. */
export async function captureErrors(): Promise<Readonly<Record<ErrorCode, ErrorCapture>>> {
  await using place = await openHubBox({
    wrapHub: (handler) =>
      withFaults(handler, [{
        when: (request) => new URL(request.url).searchParams.get("search") === "limited",
        effect: { type: "rate-limit", resetSeconds: 900 },
      }]),
  });
  const captures: Partial<Record<ErrorCode, ErrorCapture>> = {};
  for (const [code, provoke] of Object.entries(PROVOCATIONS)) {
    captures[code as ErrorCode] = await provoke(place);
  }
  return captures as Record<ErrorCode, ErrorCapture>;
}

/** A document or events, as they were printed, read. */
export interface JsonCapture {
  readonly command: string;
  /** The document, or one value for each line. */
  readonly values: readonly unknown[];
}

/** Values that depend on the machine and on the moment, by the name of their field. */
const UNSTEADY: Readonly<Record<string, unknown>> = {
  id: "1w3k9f2c",
  elapsedMs: 184,
  averageBytesPerSecond: 7_100_000,
  peakBytesPerSecond: 7_100_000,
  date: DATE.slice(0, 10),
  memoryBytes: 25_276_502_016,
  freeBytes: 78_271_541_248,
};
/** What only some machines have. */
const ABSENT: ReadonlySet<string> = new Set(["gpuMemoryBytes", "fitsGpu"]);

function steadyValue(value: unknown, key = ""): unknown {
  if (ABSENT.has(key)) return null;
  if (key in UNSTEADY && value !== null) return UNSTEADY[key];
  if (Array.isArray(value)) return value.map((inner) => steadyValue(inner));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, steadyValue(inner, name)]));
}

/** Of events that come as often as they like, one of a kind; those that may not come at all, not. */
function steadyEvents(values: readonly unknown[]): unknown[] {
  const seen = new Set<string>();
  return values.flatMap((value) => {
    if (typeof value !== "object" || value === null || !("type" in value)) return [value];
    if (value.type === "verifying" || (value.type === "progress" && seen.has("progress"))) return [];
    seen.add(String(value.type));
    return [value.type === "progress" ? { ...value, connections: 8, receivedBytes: 1_392_640 } : value];
  });
}

/** The command lines of {@link captureJson}; each finds what those before it have left. */
const JSON_COMMANDS = [
  "search tiny --json",
  "show acme/tiny-GGUF --json",
  "pull acme/tiny-GGUF:Q4_K_M --json",
  "pull acme/tiny-GGUF:Q8_0 --events",
  "list --json",
  "verify acme/tiny-GGUF:Q4_K_M --json",
  "update --check --json",
  "history list --limit 1 --json",
  "history stats --json",
  "queue add acme/tiny-GGUF:Q4_K_M --json",
  "queue list --json",
  "status --json",
  "remove acme/tiny-GGUF:Q8_0 --yes --json",
  "show acme/none --json",
] as const;

/** What `--json` and `--events` print. */
export async function captureJson(): Promise<readonly JsonCapture[]> {
  const files = [{ path: "tiny-Q4_K_M.gguf", sizeBytes: 1_300_001 }, {
    path: "tiny-Q8_0.gguf",
    sizeBytes: 2_600_003,
  }];
  await using place = await openHubBox({ models: [{ repo: TINY, files }] });
  const captures: JsonCapture[] = [];
  for (const command of JSON_COMMANDS) {
    // Slow enough for there to be progress.
    place.hub.bytesPerSecond = command.endsWith("--events") ? 1_000_000 : undefined;
    const { stdout } = await place.box.run(command.split(" "));
    const text = steady(stdout, place);
    const texts = command.endsWith("--events") ? text.trim().split("\n") : [text];
    const values = steadyEvents(texts.map((one) => steadyValue(JSON.parse(one))));
    captures.push({ command: `mm ${command}`, values });
  }
  return captures;
}

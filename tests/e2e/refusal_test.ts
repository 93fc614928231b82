/**
 * What goes wrong, and how the program says so: exit codes, error codes, hints, and nothing left behind.
 *
 * @module
 */
import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import { chmod, mkdir, readFile, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ErrorData } from "../../core/base/errors.ts";
import type { PullResult } from "../../core/operations/model_manager.ts";
import { GATED, GUEST_TOKEN, LARGE, PLAIN, PRIVATE, TINY } from "../support/e2e_hub.ts";
import { requestsFor } from "../support/faults.ts";
import {
  exists,
  filesBelow,
  type FinishedProgram,
  readDocument,
  readJsonLines,
  type RunOptions,
  type Sandbox,
} from "../support/run_program.ts";
import { openHubBox } from "../support/hub_box.ts";

const Q4 = "tiny-Q4_K_M.gguf";

/** What is wanted of a failing run: its exit code, its error code, and patterns for the message and the hints. */
interface Failure {
  readonly exit: number;
  readonly code: ErrorData["code"];
  readonly message: RegExp;
  readonly hint: RegExp;
}

/** Checks both forms of a failure: the text for a person, and the document. */
async function checkFailure(
  box: Sandbox,
  args: readonly string[],
  wanted: Failure,
  options: RunOptions = {},
): Promise<void> {
  const [text, json] = await Promise.all([box.run(args, options), box.run([...args, "--json"], options)]);
  const shown = `${args.join(" ")}\n${text.stderr}`;
  strictEqual(text.code, wanted.exit, shown);
  strictEqual(text.stdout, "", shown);
  match(text.stderr, /^error: /m);
  match(text.stderr, /^hint: /m, shown);
  match(text.stderr, wanted.message, shown);
  match(text.stderr, wanted.hint, shown);
  doesNotMatch(text.stderr, /bug in mm|^\s+at .*:\d+/m, shown);

  strictEqual(json.code, wanted.exit, json.stdout);
  const error = errorOf(json);
  strictEqual(error?.code, wanted.code);
  match(
    error?.message ?? "",
    new RegExp(wanted.message.source.replace(/^\^error: /, ""), wanted.message.flags),
  );
  match(
    error?.hints.join("\n") ?? "",
    new RegExp(wanted.hint.source.replace(/^\^hint: /, ""), wanted.hint.flags),
  );
}

/** The error of the whole command, or of its only result. */
function errorOf(finished: FinishedProgram): ErrorData | undefined {
  const document = readDocument<{ error?: ErrorData; results?: PullResult[] }>(finished);
  return document.error ?? document.results?.[0]?.error;
}

async function libraryFiles(box: Sandbox): Promise<string[]> {
  return (await filesBelow(box.modelsDir)).filter((path) => !path.endsWith("lock"));
}

Deno.test("mm pull of what does not exist ends with 3 and names what does", async () => {
  await using place = await openHubBox();
  const { box } = place;
  const failures: readonly (readonly [args: readonly string[], message: RegExp, hint: RegExp])[] = [
    [["acme/none"], /"acme\/none" does not exist or is private/, /mm search none/],
    [["acme/none", "--token", GUEST_TOKEN], /"acme\/none" does not exist, or this account/, /mm whoami/],
    [[PRIVATE], /does not exist or is private/, /mm login/],
    [[PRIVATE, "--token", GUEST_TOKEN], /does not exist, or this account cannot see it/, /mm whoami/],
    [[`${TINY}@nope`], /has no revision "nope"/, /branches main, feature\/x: mm show acme\/tiny-GGUF@main/],
    [[`${TINY}@${"0".repeat(40)}`], /has no revision "0{40}"/, /tag v1/],
    [[`${TINY}:Q5_K_M`], /No quant or file .* matches "Q5_K_M"/, /Available: Q4_K_M, Q8_0, F16/],
    [
      [`${TINY}:tiny-Q4_KM.gguf`],
      /No file .* matches "tiny-Q4_KM.gguf"/,
      /Did you mean: .*tiny-Q4_K_M\.gguf/,
    ],
    [[`${PLAIN}:Q4_K_M`], /No quant or file .* matches "Q4_K_M"/, /mm show acme\/plain/],
    [[TINY, "-i", "*.onnx", "-i", "x"], /No file .* matches "\*\.onnx", "x"/, /There are: /],
    [[TINY, "-x", "*"], /No file .* is left after --exclude/, /mm show acme\/tiny-GGUF/],
  ];
  for (const [args, message, hint] of failures) {
    await checkFailure(box, ["pull", ...args], { exit: 3, code: "NOT_FOUND", message, hint });
  }
  strictEqual(await exists(box.modelsDir), false);
});

Deno.test("mm pull of a gated model ends with 4 and names its page", async () => {
  await using place = await openHubBox();
  const { hub, box } = place;
  const page = new RegExp(`Ask for access on its page: ${hub.endpoint}/${GATED}`);
  const gated = { exit: 4, code: "GATED", hint: page } as const;
  await checkFailure(box, ["pull", GATED], {
    ...gated,
    message: /is gated and this request carried no token/,
  });
  await checkFailure(box, ["pull", GATED, "--token", GUEST_TOKEN], {
    ...gated,
    message: /is gated and this account has no access/,
  });
  strictEqual(hub.bodyBytes(), 0);
  // Its facts may be read, and say so.
  const shown = await box.run(["show", GATED]);
  strictEqual(shown.code, 0, shown.stderr);
  match(shown.stdout, /^Access +gated/m);
});

Deno.test("mm goes on without a token that the Hub refuses, where none is needed", async () => {
  await using place = await openHubBox();
  const { box } = place;
  const bad = "hf_thisTokenOpensNothingAtAll";
  const pulled = await box.run(["pull", TINY, "--token", bad]);
  strictEqual(pulled.code, 0, pulled.stderr);
  match(pulled.stderr, /^warning: The Hub refused the access token: went on without it/m);
  await checkFailure(box, ["whoami"], {
    exit: 4,
    code: "AUTHENTICATION_ERROR",
    message: /The Hub refused the access token/,
    hint: /mm login/,
  }, { env: { HF_TOKEN: bad } });
  await checkFailure(box, ["whoami"], {
    exit: 4,
    code: "AUTHENTICATION_ERROR",
    message: /Not logged in/,
    hint: /mm login/,
  });
});

Deno.test("mm answers a command line that it cannot read with 2, before anything is asked or written", async () => {
  await using place = await openHubBox();
  const { hub, box } = place;
  const usage = { exit: 2, code: "USAGE_ERROR" } as const;
  const failures: readonly (readonly [args: readonly string[], message: RegExp, hint: RegExp])[] = [
    [["pull", "not a reference"], /Cannot read "not a reference" as a reference/, /org\/name:Q4_K_M/],
    [["pull", "../../etc/passwd"], /it is a path on this machine/, /org\/name/],
    [["pull", `${TINY}@`], /nothing follows the @/, /org\/name/],
    [["pull", `${TINY}@../x`], /is no revision/, /org\/name/],
    [["pull"], /argument REF/, /mm pull --help/],
    [["pull", TINY, "--connections", "17"], /--connections is "17": wanted a whole number from 1 to 16/, /./],
    [["pull", TINY, "--limit-rate", "fast"], /"fast" as a size: .*, in the option --limit-rate/, /./],
    [["pull", TINY, "--frobnicate"], /There is no option "--frobnicate"/, /mm pull --help/],
    [["serch", "x"], /There is no command "serch"/, /Did you mean mm search/],
    [["history"], /"mm history" wants a command/, /mm history --help/],
    [["list", "--sort", "colour"], /wanted one of name, size, date/, /mm list --help/],
    [["config", "get", "download.conections"], /There is no setting/, /Did you mean "download\.connections"/],
  ];
  await Promise.all([0, 1].map(async (half) => {
    for (const [args, message, hint] of failures.filter((_, index) => index % 2 === half)) {
      await checkFailure(box, args, { ...usage, message, hint });
    }
  }));
  deepStrictEqual(await box.files(), []);
  const addresses: readonly (readonly [address: string, message: RegExp])[] = [
    ["https://huggingface.co/datasets/acme/data", /datasets are not models/],
    ["https://hub.example/acme/model", /it is a page of "hub\.example"/],
    [`${hub.endpoint}/${TINY}/discussions`, /"discussions" is no page of a model's files/],
  ];
  for (const [address, message] of addresses) {
    await checkFailure(box, ["pull", address], { ...usage, message, hint: /org\/name/ });
  }
  strictEqual(hub.requests.length, 0);
});

Deno.test("mm says which setting is wrong, and where, and ends with 2", async () => {
  await using place = await openHubBox();
  const { box } = place;
  const file = await box.write("wrong.yaml", "download:\n  connections: many\n  retires: 3\n");
  const invalid = { exit: 2, code: "CONFIG_INVALID" } as const;
  await checkFailure(box, ["list", "--config", file], {
    ...invalid,
    message: /Cannot use ".*wrong\.yaml": 2 problems/,
    hint: /mm config validate/,
  });
  const { stderr } = await box.run(["list", "--config", file]);
  match(stderr, /line 2, column 3: "download\.connections" is "many": wanted a whole number from 1 to 16/);
  match(stderr, /line 3, column 3: there is no setting "download\.retires"/);
  await checkFailure(
    box,
    ["list"],
    { ...invalid, message: /variable MM_CONNECTIONS is "0"/, hint: /unset/ },
    {
      env: { MM_CONNECTIONS: "0" },
    },
  );
  await checkFailure(box, ["list", "--config", box.join("none.json")], {
    ...invalid,
    message: /none\.json": it does not exist/,
    hint: /mm config path/,
  });
});

/** A port on which nobody listens. */
function deadEndpoint(): string {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return `http://127.0.0.1:${listener.addr.port}`;
}

Deno.test("mm ends with 6 when the Hub cannot be reached, and with 9 when it was told not to try", async () => {
  await using place = await openHubBox();
  const { hub, box } = place;
  await box.write("config/model-manager/config.json", `{"download":{"max_retries":0}}`);
  await checkFailure(box, ["pull", TINY, "--endpoint", deadEndpoint()], {
    exit: 6,
    code: "NETWORK_ERROR",
    message: /127\.0\.0\.1:\d+/,
    hint: /./,
  });
  const offline = { exit: 9, code: "OFFLINE", message: /offline/i, hint: /./ } as const;
  await checkFailure(box, ["pull", TINY, "--offline"], offline);
  await checkFailure(box, ["search", "tiny"], offline, { env: { HF_HUB_OFFLINE: "1" } });
  strictEqual(hub.requests.length, 0);
});

Deno.test("mm ends with 7 when the Hub limits the rate and nobody wants to wait", async () => {
  await using place = await openHubBox({ rateLimits: { api: 0 } });
  const { box } = place;
  await box.write("config/model-manager/config.yaml", "download:\n  max_retries: 0\n");
  await checkFailure(box, ["pull", TINY], {
    exit: 7,
    code: "RATE_LIMITED",
    message: /429/,
    hint: /in \d+ (?:s|min)/,
  });
});

Deno.test("mm pull waits as long as the Hub asks it to, and says so", async () => {
  const limit = { type: "rate-limit", resetSeconds: 1, retryAfterSeconds: 1 } as const;
  await using place = await openHubBox({
    hubFaults: [{ effect: limit, times: 1, when: ({ url }) => url.includes("/api/") }],
  });
  const { box } = place;
  const pulled = await box.run(["pull", TINY, "--events"]);
  strictEqual(pulled.code, 0, pulled.stderr);
  const waits = readJsonLines<{ type: string; reason?: string; message?: string }>(pulled)
    .filter(({ type }) => type === "waiting");
  deepStrictEqual(waits.map(({ reason }) => reason), ["rate-limit"]);
  match(waits[0]?.message ?? "", /limits the rate of requests: waiting \d s/);
});

Deno.test("mm pull tells the bytes of all files while it waits for the file host, those that are there included", async () => {
  const other = "tiny-F16-00003-of-00003.gguf";
  const limit = { type: "status", status: 429, headers: { "retry-after": "0" } } as const;
  await using place = await openHubBox({
    fileHostFaults: [{ effect: limit, times: 1, when: requestsFor("tiny-Q8_0.gguf") }],
  });
  const { box } = place;
  strictEqual((await box.run(["pull", `${TINY}:${other}`])).code, 0);
  const pulled = await box.run(["pull", TINY, "-i", other, "-i", "tiny-Q8_0.gguf", "--events"]);
  strictEqual(pulled.code, 0, pulled.stderr);
  const ofAll = readJsonLines<{ type: string; file?: string; receivedBytes: number; totalBytes: number }>(
    pulled,
  )
    .filter(({ type, file }) => file === undefined && type !== "results");
  deepStrictEqual(ofAll.map(({ type }) => type), ["planned", "waiting", "finished"]);
  deepStrictEqual([...new Set(ofAll.map(({ totalBytes }) => totalBytes))], [2_600_003 + 700_000]);
  ok(ofAll.every(({ receivedBytes }) => receivedBytes >= 700_000), pulled.stdout);
});

Deno.test("mm pull ends with 5 when the Hub's list and its files have different digests", async () => {
  await using place = await openHubBox({
    wrapHub: (handler) => async (request) => {
      const response = await handler(request);
      const headers = new Headers(response.headers);
      if (headers.has("x-linked-etag")) headers.set("x-linked-etag", `"${"ab".repeat(32)}"`);
      return new Response(response.body, { status: response.status, headers });
    },
  });
  await checkFailure(place.box, ["pull", LARGE], {
    exit: 5,
    code: "CHECKSUM_MISMATCH",
    message: /contradicts itself about .*its file is sha256:(?:ab){32}, its list says sha256:[0-9a-f]{64}/,
    hint: /again in a while/,
  });
});

Deno.test("mm pull tries again what fails on the way, and says so", async () => {
  await using place = await openHubBox({
    fileHostFaults: [
      { effect: { type: "status", status: 503 }, times: 1, when: requestsFor(Q4) },
      { effect: { type: "cut", afterBytes: 100_000 }, times: 1, when: requestsFor(Q4) },
      { effect: { type: "expired" }, times: 1, when: requestsFor(Q4) },
    ],
  });
  const { box, hub } = place;
  const pulled = await box.run(["pull", TINY, "--events", "--connections", "1"]);
  strictEqual(pulled.code, 0, pulled.stdout);
  const retries = readJsonLines<{ type: string; error?: ErrorData }>(pulled)
    .filter(({ type }) => type === "retrying");
  ok(retries.length >= 1 && retries.every(({ error }) => error?.code === "NETWORK_ERROR"), pulled.stdout);
  ok(
    hub.fileRequests(Q4).filter(({ host }) => host === "hub").length >= 2,
    "asked once more for the address",
  );
});

Deno.test("mm pull refuses what does not fit before the first byte and ends with 8", async () => {
  await using place = await openHubBox();
  const { hub, box } = place;
  const config = await box.write("reserve.json", `{"cleanup":{"reserve":"900T"}}`);
  await checkFailure(box, ["pull", TINY, "--config", config], {
    exit: 8,
    code: "INSUFFICIENT_SPACE",
    message: /Not enough space in .*1\.40 MB to download, .* free, of which 900 TB stay in reserve/,
    hint: /mm list --sort size|--models-dir/,
  });
  strictEqual(hub.bodyBytes(), 0);
  strictEqual(hub.requests.some(({ host }) => host === "file-host"), false);
  deepStrictEqual(await libraryFiles(box), []);
});

Deno.test("mm pull refuses to replace what it did not put there, be it a file, a folder or a link", async () => {
  await using place = await openHubBox();
  const { hub, box } = place;
  const refused = { exit: 1, code: "FAILED", message: /in the way/, hint: /--force/ } as const;
  await box.write(`home/models/${TINY}/${Q4}`, "mine");
  await mkdir(join(box.modelsDir, TINY, "tiny-Q8_0.gguf"));
  const outside = await box.write("outside.txt", "precious");
  await symlink(outside, join(box.modelsDir, TINY, "config.json"));
  for (const selector of ["Q4_K_M", "config.json"]) {
    await checkFailure(box, ["pull", `${TINY}:${selector}`], refused);
  }
  await checkFailure(box, ["pull", `${TINY}:Q8_0`], {
    ...refused,
    message: /A folder has the name/,
    hint: /Move the folder away/,
  });
  strictEqual(await readFile(join(box.modelsDir, TINY, Q4), "utf8"), "mine");
  strictEqual(hub.bodyBytes(), 0);
  const forced = await box.run(["pull", `${TINY}:config.json`, "--force"]);
  strictEqual(forced.code, 0, forced.stderr);
  strictEqual(await readFile(outside, "utf8"), "precious", "wrote through a link");
});

Deno.test("mm pull ends in words when a file has the place of a folder", async () => {
  await using place = await openHubBox();
  const { box } = place;
  await box.write("home/models", "a file");
  const pulled = await box.run(["pull", TINY, "--json"]);
  strictEqual(pulled.code, 1, pulled.stdout);
  match(errorOf(pulled)?.message ?? "", /home\/models/);
  doesNotMatch(pulled.stderr, /bug in mm/);
  strictEqual(await readFile(box.modelsDir, "utf8"), "a file");
});

/** A directory in which nobody may write; as root, permission bits do not count. */
async function unwritable(box: Sandbox): Promise<string | undefined> {
  if (Deno.build.os === "windows") return undefined;
  if (Deno.uid() === 0) return Deno.build.os === "linux" ? "/sys/mm-models" : undefined;
  const folder = box.join("locked");
  await mkdir(folder);
  await chmod(folder, 0o500);
  return folder;
}

Deno.test("mm pull into a directory that it may not write to ends with 12", async () => {
  await using place = await openHubBox();
  const { hub, box } = place;
  const folder = await unwritable(box);
  if (folder === undefined) return;
  await checkFailure(box, ["pull", TINY, "--models-dir", folder], {
    exit: 12,
    code: "PERMISSION_ERROR",
    message: new RegExp(`"${dirname(folder)}.*permission denied`),
    hint: /./,
  });
  strictEqual(hub.bodyBytes(), 0);
});

Deno.test("mm pull of wrong bytes ends with 5, and nothing gets the final name", async () => {
  await using place = await openHubBox({
    fileHostFaults: [{ effect: { type: "corrupt", position: 1000 }, when: requestsFor(Q4) }],
    hubFaults: [{ effect: { type: "corrupt", position: 3 }, when: requestsFor("README.md") }],
  });
  const { hub, box } = place;
  await checkFailure(box, ["pull", TINY], {
    exit: 5,
    code: "CHECKSUM_MISMATCH",
    message: new RegExp(
      `bytes of "${Q4}" are wrong: expected sha256:${await hub.sha256(TINY, Q4)}, got sha256:`,
    ),
    hint: /./,
  });
  await checkFailure(box, ["pull", `${TINY}:README.md`], {
    exit: 5,
    code: "CHECKSUM_MISMATCH",
    message: /bytes of "README\.md" are wrong: expected git-sha1:/,
    hint: /./,
  });
  const files = await filesBelow(join(box.modelsDir, TINY));
  deepStrictEqual(files.filter((path) => !path.startsWith(".cache/")), []);
  strictEqual((await box.run(["list"])).stdout, "");
  const history = await box.run(["history", "list", "--json"]);
  const { records } = readDocument<{ records: { status: string; error: { code: string } }[] }>(history);
  ok(
    records.length === 4 &&
      records.every(({ status, error }) => status === "failed" && error.code === "CHECKSUM_MISMATCH"),
  );
});

Deno.test("mm pull gives up on a file host that answers with a page of a captive portal", async () => {
  await using place = await openHubBox({ fileHostFaults: [{ effect: { type: "html" } }] });
  const { box } = place;
  await box.write("config/model-manager/config.json", `{"download":{"max_retries":1}}`);
  const pulled = await box.run(["pull", LARGE, "--json"]);
  ok([5, 6].includes(pulled.code), `${pulled.code} ${pulled.stdout}`);
  strictEqual(await exists(join(box.modelsDir, LARGE, "large-Q4_K_M.gguf")), false);
});

Deno.test("mm list of a damaged registry says so, keeps the damaged file and finds the models", async () => {
  await using place = await openHubBox();
  const { box } = place;
  const pulled = await box.run(["pull", TINY]);
  strictEqual(pulled.code, 0, pulled.stderr);
  for (const name of ["registry.json", "registry.json.backup"]) {
    await box.write(`home/models/${name}`, "{ damaged");
  }
  const listed = await box.run(["list", "--quiet"]);
  strictEqual(listed.code, 0, listed.stderr);
  strictEqual(listed.stdout, `${TINY}:Q4_K_M\n`);
});

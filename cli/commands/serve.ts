/**
 * `mm serve`.
 *
 * @module
 */
import { resolve } from "node:path";
import type { Command } from "@commander-js/extra-typings";
import { formatByteSize } from "../../core/base/byte_size.ts";
import { ModelManagerError } from "../../core/base/errors.ts";
import type { AccessRecord, RunningServer, ServeOptions } from "../../core/operations/model_manager.ts";
import { countReader, durationReader, sizeReader } from "../flags.ts";
import { accessLine, serveDocument, serveLines } from "../output/serve_view.ts";

import type { Session } from "../session.ts";

/** Transfers get so long to finish, and everything else a moment more. */
const GRACE_MS = 5000;
const STOP_LIMIT_MS = GRACE_MS + 1500;

const NOTES = `
Other programs use it as they use the Hub: set HF_ENDPOINT to the address that
is printed. It only reads. What is not in the library is not there, unless
--pull-through is given.

Who may have what:
  on this machine only   everybody on it what is neither private nor gated
  --access-token TOKEN   on any address: who sends it (HF_TOKEN=TOKEN) may have
                         everything, who does not may have nothing; some
                         clients take only tokens that start with hf_
  --allow-anonymous      on any address: everybody may have what is neither
                         private nor gated
A private or gated model goes to nobody without a right: the access token, or
the token that mm itself has for the Hub. What was put into the library by hand
counts as public. The models of --hf-cache, where nothing says whether they are
gated, need one of these tokens as soon as other machines can ask.
The connection is not encrypted: use it in networks that you trust.

A file that was changed on the disk is hashed again before it is served: until
then, and when its digest is not true any more, the answer is 410.
GET /metrics has numbers for Prometheus.

With --pull-through it is a mirror of the Hub of the settings (--endpoint):
  what is missing    is fetched once, however many ask, and passed on while it arrives; proved, it stays in the library
  wrong bytes        never make a whole reply: its last bytes are kept back until the file is proved
  a part far ahead   is fetched first; its reply, too, ends only with the proof of the whole file
  search and facts   come from the Hub, with its refusals, and are kept for cache.duration; when it cannot be reached, the library answers as far as it can
  private, gated     only to who has a right: the Hub is asked each minute, with the client's own token, which goes to nobody else
  nobody reads on    then a download goes on for a minute and stops; the next request goes on from there
  too little space   with --max-size or cleanup.max_total_size, models that were not used for longest go; pinned ones stay
  other versions     replace what is here when they are the newest and it is not pinned; else they are kept aside for ten minutes

Examples:
  mm serve
  HF_ENDPOINT=http://127.0.0.1:8787 hf download org/name
  MM_SERVE_TOKEN=hf_$(openssl rand -hex 17) mm serve --host 0.0.0.0
  mm serve --host 192.168.1.5 --allow-anonymous --port 9000
  mm serve --hf-cache --access-log serve.log
  mm serve --pull-through --max-size 500G --host 0.0.0.0 --allow-anonymous`;

interface Flags {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly accessToken?: string | undefined;
  readonly allowAnonymous?: true | undefined;
  readonly hfCache?: true | undefined;
  readonly pullThrough?: true | undefined;
  readonly maxSize?: number | undefined;
  readonly accessLog?: string | undefined;
  readonly maxConnections?: number | undefined;
  readonly idleTimeout?: number | undefined;
}

function accessTokenOf(flags: Flags, session: Session): string | undefined {
  const variable = session.environment["MM_SERVE_TOKEN"]?.trim();
  return flags.accessToken ?? (variable === "" ? undefined : variable);
}

/** Waits for the end: a stop signal, or that the server ends by itself. */
async function untilStopped(server: RunningServer, session: Session): Promise<void> {
  const stopped = new Promise<void>((resolve) => {
    if (session.signal.aborted) resolve();
    session.signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await Promise.race([stopped, server.finished]);
  const { openConnections } = server.stats();
  if (openConnections > 0) session.output.say("Stopping: transfers have a few seconds to finish");
  await server.stop({ graceMs: GRACE_MS });
  const { requests, bytesSent } = server.stats();
  const count = requests === 1 ? "1 request" : `${requests} requests`;
  session.output.say(`Stopped after ${count} and ${formatByteSize(bytesSent)}`);
  // Nothing has failed, but the shell is to see the signal.
  if (session.signal.aborted) session.exitCode = 1;
}

function checkFlags({ pullThrough, maxSize }: Flags): void {
  if (maxSize === undefined || pullThrough === true) return;
  throw new ModelManagerError("USAGE_ERROR", "--max-size is for what --pull-through fetches", {
    hints: ["Fetch what is missing: mm serve --pull-through --max-size 500G"],
  });
}

async function serve(flags: Flags, session: Session): Promise<void> {
  checkFlags(flags);
  session.stopLimitMs = STOP_LIMIT_MS;
  session.whenStopped = new ModelManagerError(
    "CANCELLED",
    "Stopped serving before every transfer was finished",
    {
      hints: ["Serve again: mm serve"],
    },
  );
  const { host, port, allowAnonymous, hfCache, maxConnections, idleTimeout } = flags;
  const accessToken = accessTokenOf(flags, session);
  const { output } = session;
  const { accessLog } = flags;
  const talks = session.globals.verbose > 0 || accessLog === "-";
  const options: ServeOptions = {
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(accessToken === undefined ? {} : { accessToken }),
    ...(allowAnonymous === undefined ? {} : { allowAnonymous }),
    ...(hfCache === undefined ? {} : { hfCache }),
    ...(flags.pullThrough === undefined ? {} : { pullThrough: true }),
    ...(flags.maxSize === undefined ? {} : { maxTotalBytes: flags.maxSize }),
    ...(maxConnections === undefined ? {} : { maxConnections, maxConnectionsPerAddress: maxConnections }),
    ...(idleTimeout === undefined ? {} : { stallTimeoutMs: idleTimeout }),
    ...(accessLog === undefined || accessLog === "-"
      ? {}
      : { accessLog: resolve(session.workingDirectory, accessLog) }),
    ...(talks ? { onAccess: (record: AccessRecord) => output.log(accessLine(record)) } : {}),
  };
  const app = await session.app();
  await using server = await app.serve(options);
  await output.result({
    json: () => serveDocument(server),
    quiet: () => [server.endpoint],
    human: () => [`HF_ENDPOINT=${server.otherEndpoints[0] ?? server.endpoint}`],
    verbatim: true,
  });
  for (const line of serveLines(server)) output.say(line);
  await untilStopped(server, session);
}

/** Adds what `mm serve` does. */
export function configure(command: Command, session: Session): void {
  command.description("Share the library as a Hub: for other programs, and for other machines.")
    .option("--host <ADDRESS>", "address to listen on (default 127.0.0.1: this machine only)")
    .option(
      "--port <PORT>",
      "port to listen on, 0 for a free one (default 8787)",
      countReader("--port", {
        minimum: 0,
        maximum: 65_535,
        example: 8787,
      }),
    )
    .option("--access-token <TOKEN>", "what clients have to send; better in MM_SERVE_TOKEN")
    .option("--allow-anonymous", "let everybody have what is neither private nor gated")
    .option("--hf-cache", "serve the cache of the Hub's own tools as well")
    .option("--pull-through", "fetch what is missing from the Hub, keep it, and pass it on meanwhile")
    .option(
      "--max-size <SIZE>",
      "what the library may take with --pull-through, such as 500G (default: cleanup.max_total_size)",
      sizeReader("--max-size"),
    )
    .option("--access-log <FILE>", "write a JSON line for each request; - shows them")
    .option(
      "--max-connections <N>",
      "connections at once (default 1024, of one address 512)",
      countReader("--max-connections", { minimum: 1, maximum: 100_000 }),
    )
    .option(
      "--idle-timeout <DURATION>",
      "cut clients that take no byte for so long (default 60s)",
      durationReader("--idle-timeout"),
    )
    .addHelpText("after", NOTES)
    .action((flags) => serve(flags, session));
}

import assert from "node:assert/strict";
import type { RunningServer, ServeOptions } from "../../core/operations/model_manager.ts";
import { fakeServer } from "../support/fake_server.ts";
import { type CliRun, runTestCli } from "../support/run_cli.ts";

interface Served extends CliRun {
  readonly options: ServeOptions | undefined;
}

/** Runs `mm serve` against a server that ends by itself. */
async function serve(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  change: Partial<RunningServer> = {},
): Promise<Served> {
  let options: ServeOptions | undefined;
  const run = await runTestCli(["serve", ...args], {
    environment,
    manager: {
      serve(given) {
        options = given;
        given?.onAccess?.({
          time: "2025-01-01T00:00:00.000Z",
          client: "10.0.0.9",
          method: "GET",
          path: "/o/n/resolve/main/f",
          route: "resolve",
          status: 200,
          bytesSent: 5,
          elapsedMs: 1.5,
          cut: true,
        });
        return Promise.resolve(fakeServer({ finished: Promise.resolve(), ...change }));
      },
    },
  });
  return { ...run, options };
}

Deno.test("mm serve prints the variable to set, and says who may read what", async () => {
  const { code, stdout, stderr, options } = await serve([]);
  assert.equal(code, 0);
  assert.equal(stdout, "HF_ENDPOINT=http://127.0.0.1:8787\n");
  assert.deepEqual(options, {});
  assert.match(stderr, /^Serving 3 models of the library, 1 of them private or gated$/m);
  assert.match(stderr, /^Everybody on this machine may read what is neither private nor gated$/m);
  assert.match(stderr, /^Private and gated models are served to nobody: set MM_SERVE_TOKEN/m);
  assert.match(stderr, /^Stopped after 12 requests and 3\.40 MB$/m);
});

Deno.test("mm serve --json gives the address, --quiet nothing else", async () => {
  const json = await serve(["--json"]);
  assert.deepEqual(JSON.parse(json.stdout), {
    endpoint: "http://127.0.0.1:8787",
    otherEndpoints: [],
    address: { host: "127.0.0.1", port: 8787 },
    readers: { anonymous: "public models", accessToken: false, ownToken: false },
    served: { models: 3, restricted: 1, hfCacheModels: null, unprovedFiles: 0 },
  });
  const quiet = await serve(["-q"]);
  assert.equal(quiet.stdout, "http://127.0.0.1:8787\n");
  assert.equal(quiet.stderr, "");
});

Deno.test("mm serve hands its options on; the token may come from the environment", async () => {
  const { options } = await serve([
    ...["--host", "0.0.0.0", "--port", "0", "--allow-anonymous", "--hf-cache"],
    ...["--max-connections", "9", "--idle-timeout", "5s"],
  ], { MM_SERVE_TOKEN: " from-environment " });
  assert.deepEqual(options, {
    host: "0.0.0.0",
    port: 0,
    accessToken: "from-environment",
    allowAnonymous: true,
    hfCache: true,
    maxConnections: 9,
    maxConnectionsPerAddress: 9,
    stallTimeoutMs: 5000,
  });
  assert.equal((await serve(["--access-token", "x"], { MM_SERVE_TOKEN: "y" })).options?.accessToken, "x");
});

Deno.test("mm serve says where other machines find it, and that nothing is encrypted", async () => {
  const { stdout, stderr } = await serve([], {}, {
    otherEndpoints: ["http://10.0.0.5:8787", "http://192.168.7.8:8787"],
    readers: { anonymous: "nothing", accessToken: true, ownToken: true },
    served: { models: 1, restricted: 0, hfCacheModels: 2, unprovedFiles: 2 },
  });
  assert.equal(stdout, "HF_ENDPOINT=http://10.0.0.5:8787\n");
  assert.match(stderr, /^Serving 1 model of the library and 2 models of the Hub's cache$/m);
  assert.match(stderr, /^Without the access token nothing can be read$/m);
  assert.match(stderr, /^Everything may be read with the access token or your own token for the Hub/m);
  assert.match(stderr, /^Also at http:\/\/192\.168\.7\.8:8787$/m);
  assert.match(stderr, /^The connection is not encrypted$/m);
  assert.match(stderr, /^2 files are not served: .* mm list --scan$/m);
});

Deno.test("mm serve shows requests with -v or --access-log -, and writes them where it is told", async () => {
  const line = /^10\.0\.0\.9 GET \/o\/n\/resolve\/main\/f 200 5 B 1\.5 ms cut$/m;
  assert.match((await serve(["--access-log", "-"])).stderr, line);
  assert.match((await serve(["-v"])).stderr, line);
  const { options, stderr } = await serve(["--access-log", "serve.log"]);
  assert.match(options?.accessLog ?? "", /work.serve\.log$/);
  assert.doesNotMatch(stderr, line);
});

Deno.test("mm serve refuses ports that are none", async () => {
  assert.equal((await serve(["--port", "99999"])).code, 2);
  assert.equal((await serve(["--port", "http"])).code, 2);
});

Deno.test("mm serve --pull-through says where what is missing comes from, and takes a limit", async () => {
  const upstream = "https://hub.test";
  const run = await serve(["--pull-through", "--max-size", "5GB"], {}, { upstream });
  assert.equal(run.options?.pullThrough, true);
  assert.equal(run.options?.maxTotalBytes, 5_000_000_000);
  assert.match(run.stderr, /What is missing is fetched from https:\/\/hub\.test and kept/);
  const json = await serve(["--pull-through", "--json"], {}, { upstream });
  assert.equal(JSON.parse(json.stdout).upstream, upstream);
  const plain = await serve(["--json"]);
  assert.equal("upstream" in JSON.parse(plain.stdout), false);
});

Deno.test("mm serve refuses --max-size without --pull-through", async () => {
  const run = await serve(["--max-size", "5GB"]);
  assert.equal(run.code, 2);
  assert.match(run.stderr, /hint: .*mm serve --pull-through --max-size/);
});

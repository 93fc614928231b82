/**
 * `mm` behind proxies and with certificates of one's own: real processes, real workers, nothing but loopback.
 *
 * @module
 */
import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type LoopbackProxy, startForwardProxy, startSocksProxy } from "../core/http/loopback_proxy.ts";
import { type E2eHub, LARGE, LARGE_PATH, PLAIN, sha256, startE2eHub, TINY } from "../support/e2e_hub.ts";
import {
  filesBelow,
  findTexts,
  type FinishedProgram,
  openSandbox,
  type Sandbox,
} from "../support/run_program.ts";
import { makeTempDir } from "../support/temp_dir.ts";

const CREDENTIALS = { user: "ada", password: "pr0xyS3cret" };
const LOGIN = `${CREDENTIALS.user}:${CREDENTIALS.password}`;
/** What must not be found anywhere: the password, also as a header carries it. */
const SECRETS = [CREDENTIALS.password, btoa(LOGIN)];
/** Whatever the machine of the tests is set to. */
const NO_CERTIFICATES = { DENO_CERT: "", DENO_TLS_CA_STORE: "" };

async function openBox(endpoint: string, variables: Readonly<Record<string, string>> = {}): Promise<Sandbox> {
  const box = await openSandbox({ HF_ENDPOINT: endpoint, ...variables });
  await box.write("config/model-manager/config.json", `{"download":{"max_retries":0}}`);
  return box;
}

/** The same endpoint under a name that no resolver knows. */
function unknownName(endpoint: string): string {
  return endpoint.replace("127.0.0.1", "hub.invalid");
}

async function checkBytes(hub: E2eHub, box: Sandbox, repo: string): Promise<void> {
  const folder = join(box.modelsDir, repo);
  const paths = (await filesBelow(folder)).filter((path) => !path.startsWith(".cache/"));
  ok(paths.length > 0, "nothing was pulled");
  for (const path of paths) {
    strictEqual(sha256(await readFile(join(folder, ...path.split("/")))), await hub.sha256(repo, path), path);
  }
}

async function checkNoSecrets(box: Sandbox, ...runs: readonly FinishedProgram[]): Promise<void> {
  for (const { stdout, stderr } of runs) {
    for (const secret of SECRETS) ok(!`${stdout}${stderr}`.includes(secret), `${stdout}${stderr}`);
  }
  deepStrictEqual(await findTexts(box.path, SECRETS), []);
}

/** The hosts that a proxy was asked for, each once. */
function hostsOf(proxy: LoopbackProxy): string[] {
  return [...new Set(proxy.asked.map((line) => line.replace(/^[A-Z]+ /, "")))].sort();
}

/** A port on which nobody listens. */
function deadHost(): string {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return `127.0.0.1:${listener.addr.port}`;
}

Deno.test("mm pull goes through HTTP_PROXY, in all its threads, and NO_PROXY passes it by", async () => {
  await using hub = await startE2eHub();
  await using proxy = startForwardProxy({ credentials: CREDENTIALS });
  const endpoint = unknownName(hub.endpoint);
  await using box = await openBox(endpoint, { HTTP_PROXY: `http://${LOGIN}@${proxy.host}` });
  const hubHost = new URL(endpoint).host;
  const fileHost = new URL(hub.fileHostUrl ?? "").host;

  const pulled = await box.run(["pull", LARGE, PLAIN, "-v"]);
  strictEqual(pulled.code, 0, pulled.stderr);
  await checkBytes(hub, box, LARGE);
  await checkBytes(hub, box, PLAIN);
  deepStrictEqual(hostsOf(proxy), [hubHost, fileHost]);
  ok(hub.fileRequests(LARGE_PATH).filter(({ host }) => host === "file-host").length > 1, "several lanes");
  deepStrictEqual(hub.errors, []);
  await checkNoSecrets(box, pulled);

  const askedBefore = proxy.asked.length;
  const direct = await box.run(["pull", TINY], { env: { NO_PROXY: "example.test, localhost" } });
  strictEqual(direct.code, 0, direct.stderr);
  await checkBytes(hub, box, TINY);
  deepStrictEqual([...new Set(proxy.asked.slice(askedBefore).map((line) => line.split(" ")[1]))], [hubHost]);

  const unresolved = await box.run(["search", "tiny", "--json"], { env: { NO_PROXY: "hub.invalid" } });
  strictEqual(unresolved.code, 6, unresolved.stdout);
  match(unresolved.stdout, /Cannot reach \\"hub\.invalid:\d+\\": its name cannot be resolved/);
});

Deno.test("mm pull asks all hosts without a proxy when NO_PROXY says *, addresses too, in all its threads", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub.endpoint, {
    HTTP_PROXY: `http://${LOGIN}@${deadHost()}`,
    NO_PROXY: "*",
  });
  const pulled = await box.run(["pull", LARGE, "-v"]);
  strictEqual(pulled.code, 0, pulled.stderr);
  await checkBytes(hub, box, LARGE);
});

Deno.test("mm pull goes through a SOCKS 5 proxy, which resolves the names", async () => {
  await using hub = await startE2eHub();
  await using proxy = startSocksProxy({ credentials: CREDENTIALS });
  const endpoint = unknownName(hub.endpoint);
  await using box = await openBox(endpoint, { ALL_PROXY: `socks5h://${LOGIN}@${proxy.host}` });
  const pulled = await box.run(["pull", LARGE, "-v"]);
  strictEqual(pulled.code, 0, pulled.stderr);
  await checkBytes(hub, box, LARGE);
  deepStrictEqual(hostsOf(proxy), [new URL(endpoint).host, new URL(hub.fileHostUrl ?? "").host]);
  await checkNoSecrets(box, pulled);
});

Deno.test("mm names a proxy that cannot be used, its variable, and never the password", async () => {
  await using hub = await startE2eHub();
  await using forward = startForwardProxy({ credentials: { user: "ada", password: "another" } });
  await using socks = startSocksProxy({ credentials: { user: "ada", password: "another" } });
  const dead = deadHost();
  const cases: readonly (readonly [variable: string, value: string, message: RegExp, hint: RegExp])[] = [
    [
      "HTTP_PROXY",
      `http://${LOGIN}@${dead}`,
      new RegExp(`the proxy "${dead}" cannot be reached: the connection was refused`),
      /^hint: Correct or unset the variable HTTP_PROXY, or set NO_PROXY=127\.0\.0\.1/m,
    ],
    [
      "ALL_PROXY",
      `socks5://${LOGIN}@${dead}`,
      new RegExp(`the proxy "${dead}" cannot be reached`),
      /^hint: Correct or unset the variable ALL_PROXY/m,
    ],
    [
      "http_proxy",
      `http://${LOGIN}@proxy.invalid:3128`,
      /the proxy "proxy\.invalid:3128" cannot be reached: its name cannot be resolved/,
      /the variable http_proxy/,
    ],
    [
      "HTTP_PROXY",
      `http://${LOGIN}@${forward.host}`,
      new RegExp(`the proxy "${forward.host}" wants a user name and a password that it knows`),
      new RegExp(`^hint: .*the variable HTTP_PROXY: USER:PASSWORD@${forward.host}$`, "m"),
    ],
    [
      "ALL_PROXY",
      `socks5h://${LOGIN}@${socks.host}`,
      new RegExp(`the proxy "${socks.host}" wants a user name and a password that it knows`),
      new RegExp(`^hint: .*the variable ALL_PROXY: USER:PASSWORD@${socks.host}$`, "m"),
    ],
  ];
  await Promise.all(cases.map(async ([variable, value, message, hint]) => {
    await using box = await openBox(hub.endpoint, { [variable]: value });
    const finished = await box.run(["pull", TINY, "-v"]);
    strictEqual(finished.code, 6, finished.stderr);
    match(finished.stderr, message);
    match(finished.stderr, hint);
    await checkNoSecrets(box, finished);
  }));
  deepStrictEqual(hub.requests, []);
});

Deno.test("mm says so when a variable names a proxy of a kind that is not used", async () => {
  await using hub = await startE2eHub();
  await using box = await openBox(hub.endpoint, { ALL_PROXY: `socks4://${LOGIN}@${deadHost()}` });
  const shown = await box.run(["show", TINY]);
  strictEqual(shown.code, 0, shown.stderr);
  match(shown.stderr, /^warning: The proxy in the variable ALL_PROXY is not used: wanted http:\/\//m);
  await checkNoSecrets(box, shown);
});

/** A certificate authority of our own, and a server's certificate from it. */
interface Certificates extends AsyncDisposable {
  readonly authorityPath: string;
  readonly cert: string;
  readonly key: string;
}

async function openssl(cwd: string, args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("openssl", {
    args: [...args],
    cwd,
    stdout: "null",
    stderr: "piped",
  })
    .output();
  if (!success) throw new Error(`openssl ${args[0]}: ${new TextDecoder().decode(stderr)}`);
}

/** @returns `undefined` where there is no `openssl`: said aloud, as the test then proves nothing. */
async function makeCertificates(): Promise<Certificates | undefined> {
  const dir = await makeTempDir();
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  await dir.write(
    "names",
    "subjectAltName=DNS:localhost,DNS:hub.invalid,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n",
  );
  try {
    await openssl(dir.path, [
      ...[
        "req",
        "-x509",
        ...newKey,
        "-keyout",
        "ca.key",
        "-out",
        "ca.pem",
        "-days",
        "2",
        "-subj",
        "/CN=Test authority",
      ],
      ...["-addext", "keyUsage=critical,keyCertSign"],
    ]);
    await openssl(dir.path, [
      "req",
      "-new",
      ...newKey,
      "-keyout",
      "key.pem",
      "-out",
      "csr.pem",
      "-subj",
      "/CN=Test hub",
    ]);
    await openssl(dir.path, [
      ...["x509", "-req", "-in", "csr.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"],
      ...["-days", "2", "-extfile", "names", "-out", "cert.pem"],
    ]);
  } catch (error) {
    await dir[Symbol.asyncDispose]();
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    // deno-lint-ignore no-console -- a test that is not run must be heard of
    console.error("SKIPPED: there is no openssl to make certificates with");
    return undefined;
  }
  return {
    ...dir,
    authorityPath: dir.join("ca.pem"),
    cert: await readFile(dir.join("cert.pem"), "utf8"),
    key: await readFile(dir.join("key.pem"), "utf8"),
  };
}

/** TLS in front of a Hub: what comes in is passed on as it is. */
function startTlsFront(
  hub: E2eHub,
  { cert, key }: Certificates,
): AsyncDisposable & { readonly endpoint: string } {
  const listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key });
  const { port } = new URL(hub.endpoint);
  const serve = async (client: Deno.TlsConn): Promise<void> => {
    const target = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
    await Promise.all([
      client.readable.pipeTo(target.writable).catch(() => {}),
      target.readable.pipeTo(client.writable).catch(() => {}),
    ]);
  };
  const served: Promise<void>[] = [];
  const accept = async (): Promise<void> => {
    for await (const client of listener) served.push(serve(client));
  };
  const accepting = accept().catch(() => {});
  return {
    endpoint: `https://localhost:${listener.addr.port}`,
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      await Promise.all(served);
    },
  };
}

Deno.test("mm trusts an authority that a variable names, in all its threads, and says which when it does not", async () => {
  await using certificates = await makeCertificates();
  if (certificates === undefined) return;
  const { authorityPath } = certificates;
  await using hub = await startE2eHub({ fileHost: false });
  await using front = startTlsFront(hub, certificates);
  const trusting: readonly Readonly<Record<string, string>>[] = [
    { DENO_CERT: authorityPath },
    { NODE_EXTRA_CA_CERTS: authorityPath },
    { SSL_CERT_FILE: authorityPath, DENO_TLS_CA_STORE: "system" },
    { SSL_CERT_FILE: authorityPath },
  ];
  await Promise.all(trusting.map(async (variables) => {
    await using box = await openBox(front.endpoint, { ...NO_CERTIFICATES, ...variables });
    const pulled = await box.run(["pull", TINY]);
    strictEqual(pulled.code, 0, `${JSON.stringify(variables)} ${pulled.stderr}`);
    await checkBytes(hub, box, TINY);
  }));
  for (
    const [variables, said] of [[{}, undefined], [
      { SSL_CERT_FILE: "/nowhere.pem" },
      /"\/nowhere\.pem" does not/,
    ]] as const
  ) {
    await using box = await openBox(front.endpoint, { ...NO_CERTIFICATES, ...variables });
    const refused = await box.run(["pull", TINY]);
    strictEqual(refused.code, 6, refused.stderr);
    match(refused.stderr, /Cannot reach "localhost:\d+": its TLS certificate is not trusted/);
    match(
      refused.stderr,
      /^hint: .*SSL_CERT_FILE=FILE, or take those of the system: DENO_TLS_CA_STORE=system/m,
    );
    if (said !== undefined) match(refused.stderr, said);
  }
});

Deno.test("mm pull goes through HTTPS_PROXY by CONNECT, and the proxy sees no address and no token", async () => {
  await using certificates = await makeCertificates();
  if (certificates === undefined) return;
  await using hub = await startE2eHub({ fileHost: false });
  await using front = startTlsFront(hub, certificates);
  await using proxy = startForwardProxy({ credentials: CREDENTIALS });
  const endpoint = front.endpoint.replace("localhost", "hub.invalid");
  await using box = await openBox(endpoint, {
    DENO_CERT: certificates.authorityPath,
    HTTPS_PROXY: `http://${LOGIN}@${proxy.host}`,
    HF_TOKEN: "hf_onlyForTheHubNotTheProxy",
  });
  const pulled = await box.run(["pull", LARGE, "-v"]);
  strictEqual(pulled.code, 0, pulled.stderr);
  await checkBytes(hub, box, LARGE);
  deepStrictEqual([...new Set(proxy.asked)], [`CONNECT ${new URL(endpoint).host}`]);
  ok(proxy.asked.length > 1, "the threads have connections of their own");
  doesNotMatch(proxy.headers.join("\n"), /^authorization:|hf_/im);
  await checkNoSecrets(box, pulled);
});

Deno.test("mm pull follows the Hub from https to https only", async () => {
  await using certificates = await makeCertificates();
  if (certificates === undefined) return;
  // Its file host speaks http.
  await using hub = await startE2eHub();
  await using front = startTlsFront(hub, certificates);
  await using box = await openBox(front.endpoint, { DENO_CERT: certificates.authorityPath });
  const pulled = await box.run(["pull", TINY]);
  strictEqual(pulled.code, 6, pulled.stderr);
  match(pulled.stderr, /Cannot follow the redirect of "localhost:\d+": it leads from https to http/);
  deepStrictEqual(hub.requests.filter(({ host }) => host === "file-host"), []);
});

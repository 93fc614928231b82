/**
 * A stand-in for the JSR registry on loopback. `deno publish` uploads to it what it would upload to the real one, and
 * whoever sets `JSR_URL` to its address gets that back in the registry's own form: with checksums and module graph.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readArchive } from "../../packaging/tar_archive.ts";
import { findDenoDirectory } from "./run_program.ts";
import { makeTempDir } from "./temp_dir.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const LARGEST_PACKAGE_BYTES = 20_000_000;
const KNOWN_SPECIFIER = /^(?:npm:|jsr:|node:|data:|\.{1,2}\/)/;

/** An import as the registry describes it. */
interface Dependency {
  readonly type: "static" | "dynamic";
  readonly specifier?: string;
  /** The specifier of a dynamic one. */
  readonly argument?: string;
  readonly [field: string]: unknown;
}

type ModuleGraph = Readonly<Record<string, { readonly dependencies?: readonly Dependency[] }>>;

/** What the registry keeps of one version. */
interface Version {
  /** Paths begin with `/`. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** `0.1.0_meta.json`. */
  readonly meta: { readonly moduleGraph2: ModuleGraph; readonly [field: string]: unknown };
}

/** A registry that serves what was published to it. */
export interface JsrRegistry extends AsyncDisposable {
  /** For `JSR_URL`. */
  readonly url: string;
  /** Paths that were asked for, in order. */
  readonly requests: readonly string[];
  /**
   * Uploads the package of this source tree by `deno publish`; returns what that said.
   *
   * @param options `check`: whether types are checked once more. @default {true}
   */
  publish(options?: { readonly check?: boolean }): Promise<string>;
  /** The paths in a published version, sorted. */
  files(name: string, version: string): string[];
  /** The text of a published file, as it is served. */
  text(name: string, version: string, path: string): string;
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  ".ts": "text/typescript",
  ".tsx": "text/tsx",
  ".js": "text/javascript",
  ".json": "application/json",
  ".md": "text/markdown",
};

/** As `deno info --json` says it; only what is needed. */
interface FoundModule {
  readonly specifier: string;
  readonly dependencies?: readonly FoundDependency[];
}

interface FoundDependency {
  readonly specifier: string;
  readonly code?: { readonly span: Span };
  readonly type?: { readonly span: Span };
  readonly isDynamic?: boolean;
  readonly assertionType?: string;
}

interface Position {
  readonly line: number;
  readonly character: number;
}

interface Span {
  readonly start: Position;
  readonly end: Position;
}

function dependency(found: FoundDependency): Dependency {
  const span = found.code?.span ?? found.type?.span;
  const range = span === undefined
    ? [[0, 0], [0, 0]]
    : [[span.start.line, span.start.character], [span.end.line, span.end.character]];
  const attributes = found.assertionType === undefined
    ? {}
    : { importAttributes: { known: { type: found.assertionType } } };
  return found.isDynamic === true
    ? { type: "dynamic", argument: found.specifier, argumentRange: range, ...attributes }
    : {
      type: "static",
      kind: found.code === undefined ? "importType" : "import",
      specifier: found.specifier,
      specifierRange: range,
      ...attributes,
    };
}

async function runDeno(
  args: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd,
    env: { NO_COLOR: "1", DENO_DIR: findDenoDirectory(), ...env },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  const said = { stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  if (code !== 0) throw new Error(`deno ${args[0]} ended with ${code}\n${said.stdout}${said.stderr}`);
  return said;
}

/** Which file imports which, read by Deno itself from the files as they were uploaded. */
async function moduleGraph(
  files: ReadonlyMap<string, Uint8Array>,
  entries: readonly string[],
): Promise<ModuleGraph> {
  await using dir = await makeTempDir();
  for (const [path, bytes] of files) {
    const target = join(dir.path, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, bytes);
  }
  const graph: Record<string, ModuleGraph[string]> = {};
  // One at a time: `deno info` takes a single file.
  for (const entry of entries) {
    const { stdout } = await runDeno(["info", "--json", "--no-config", "--no-npm", join(dir.path, entry)], {
      cwd: dir.path,
      env: {},
    });
    const { modules } = JSON.parse(stdout) as { readonly modules: readonly FoundModule[] };
    for (const { specifier, dependencies = [] } of modules) {
      if (!specifier.startsWith("file:")) continue;
      const path = fileURLToPath(specifier).slice(dir.path.length).replaceAll("\\", "/");
      graph[path] = dependencies.length === 0 ? {} : { dependencies: dependencies.map(dependency) };
    }
  }
  return graph;
}

async function readUpload(body: Uint8Array, configPath: string): Promise<Version> {
  const files = new Map(
    readArchive(body).map(({ path, bytes }) => [`/${path.replace(/^\.?\//, "")}`, bytes]),
  );
  const config = JSON.parse(new TextDecoder().decode(files.get(configPath))) as {
    readonly exports: Readonly<Record<string, string>>;
  };
  const entries = Object.values(config.exports).map((path) => path.replace(/^\.\//, ""));
  const manifest = Object.fromEntries(
    [...files].map(([path, bytes]) => [path, {
      size: bytes.length,
      checksum: `sha256-${createHash("sha256").update(bytes).digest("hex")}`,
    }]),
  );
  return {
    files,
    meta: { manifest, moduleGraph2: await moduleGraph(files, entries), exports: config.exports },
  };
}

/** What the registry itself refuses: see its rules for packages. */
function refusal({ files, meta }: Version): string | undefined {
  const paths = [...files.keys()];
  const sizeBytes = [...files.values()].reduce((total, bytes) => total + bytes.length, 0);
  if (sizeBytes > LARGEST_PACKAGE_BYTES) return `The package is too large: ${sizeBytes} bytes`;
  if (new Set(paths.map((path) => path.toLowerCase())).size < paths.length) {
    return "Names differ in case only";
  }
  const odd = paths.find((path) => !/^\/[\w.$()+@~-][\w.$()+@~/-]*$/.test(path) || path.length > 160);
  if (odd !== undefined) return `The name "${odd}" is not allowed`;
  const bare = Object.entries(meta.moduleGraph2).flatMap(([path, { dependencies = [] }]) =>
    dependencies.filter(({ specifier, argument }) => !KNOWN_SPECIFIER.test(specifier ?? argument ?? ""))
      .map(({ specifier, argument }) => `${path}: ${specifier ?? argument}`)
  );
  return bare.length === 0 ? undefined : `These specifiers mean nothing to others: ${bare.join(", ")}`;
}

const VERSION_UPLOAD = /^\/api\/scopes\/([^/]+)\/packages\/([^/]+)\/versions\/([^/]+)$/;
const PACKAGE_META = /^\/(@[^/]+\/[^/]+)\/meta\.json$/;
const VERSION_META = /^\/(@[^/]+\/[^/]+)\/([^/]+)_meta\.json$/;
const MODULE = /^\/(@[^/]+\/[^/]+)\/([^/]+)(\/.+)$/;

class Registry {
  readonly #packages = new Map<string, Map<string, Version>>();
  readonly requests: string[] = [];

  version(name: string, version: string): Version {
    const found = this.#packages.get(name)?.get(version);
    if (found === undefined) throw new Error(`"${name}@${version}" was not published`);
    return found;
  }

  async answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    this.requests.push(url.pathname);
    if (url.pathname.startsWith("/api/")) return await this.#api(request, url);
    return this.#package(url.pathname) ?? new Response("404 - Not Found", { status: 404 });
  }

  async #api(request: Request, url: URL): Promise<Response> {
    const task = { id: "00000000-0000-4000-8000-000000000001", status: "success", error: null };
    if (url.pathname.startsWith("/api/publish_status/")) return Response.json(task);
    const [, scope, name, version = ""] = VERSION_UPLOAD.exec(url.pathname) ?? [];
    if (scope === undefined) {
      const [, , , inScope, , packageName] = url.pathname.split("/");
      return Response.json({ scope: inScope, name: packageName });
    }
    const versions = this.#packages.get(`@${scope}/${name}`) ?? new Map<string, Version>();
    if (request.method === "POST") {
      const body = new Uint8Array(await request.arrayBuffer());
      const upload = await readUpload(body, url.searchParams.get("config") ?? "/deno.json");
      const message = refusal(upload);
      if (message !== undefined) return Response.json({ code: "invalidPackage", message }, { status: 400 });
      versions.set(version, upload);
      this.#packages.set(`@${scope}/${name}`, versions);
      return Response.json(task);
    }
    if (versions.has(version)) return Response.json({ version });
    return Response.json({ code: "packageVersionNotFound", message: "Not found" }, { status: 404 });
  }

  #package(path: string): Response | undefined {
    const [, name = "", version = "", file = ""] = PACKAGE_META.exec(path) ?? VERSION_META.exec(path) ??
      MODULE.exec(path) ?? [];
    const versions = this.#packages.get(name);
    if (versions === undefined) return undefined;
    if (version === "") {
      const [scope, short] = name.slice(1).split("/");
      const latest = [...versions.keys()].at(-1);
      const known = Object.fromEntries([...versions.keys()].map((each) => [each, {}]));
      return Response.json({ scope, name: short, latest, versions: known });
    }
    const found = versions.get(version);
    if (file === "") return found === undefined ? undefined : Response.json(found.meta);
    const bytes = found?.files.get(file);
    if (bytes === undefined) return undefined;
    const type = MEDIA_TYPES[extname(file)] ?? "application/octet-stream";
    return new Response(bytes.slice(), { headers: { "content-type": type } });
  }
}

/** Starts an empty registry. */
export function startJsrRegistry(): JsrRegistry {
  const registry = new Registry();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => registry.answer(request),
  );
  const url = `http://127.0.0.1:${server.addr.port}/`;
  return {
    url,
    requests: registry.requests,
    async publish({ check = true } = {}) {
      const args = ["publish", "--token", "a-token", "--allow-dirty", ...(check ? [] : ["--no-check"])];
      const { stdout, stderr } = await runDeno(args, { cwd: ROOT, env: { JSR_URL: url } });
      return stdout + stderr;
    },
    files: (name, version) => [...registry.version(name, version).files.keys()].sort(),
    text(name, version, path) {
      const bytes = registry.version(name, version).files.get(path);
      if (bytes === undefined) throw new Error(`"${path}" is not in "${name}@${version}"`);
      return new TextDecoder().decode(bytes);
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/**
 * One large file of the library, served to curl by `mm serve` and by nginx; and many connections held at once.
 *
 * @module
 */
import { createServer } from "node:net";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { formatByteSize } from "../../core/base/byte_size.ts";
import {
  type BenchCase,
  type BenchContext,
  ratioTargets,
  type Row,
  runFolder,
  type Sample,
} from "../case.ts";
import { modelManagerCommand, OURS } from "../contenders.ts";
import { type Command, cpuSecondsOf, descendantsOf, measure, peakOf } from "../measure.ts";
import { type ServerProcess, startServer } from "../server_process.ts";

const REPO = "bench/serve";
const FILE = "model.bin";
const NGINX = "nginx";
/** Connections that are in the middle of the file at once. */
const HELD = 200;
const READY_LIMIT_MS = 60_000;

function sizeOf({ quick }: BenchContext): number {
  return quick ? 2 ** 28 : 2 ** 30;
}

/** A server of the file: a process, and where the file is to be had. */
interface FileServer extends AsyncDisposable {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject).listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? address?.port ?? 0 : 0));
    });
  });
}

/** The server and its workers. */
function processesOf({ pid }: FileServer): number[] {
  return [pid, ...descendantsOf(pid)];
}

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { headers: { range: "bytes=0-0" } });
    await response.body?.cancel();
    return response.status === 206;
  } catch {
    return false;
  }
}

/** Starts a server, and waits until it gives the file away. */
async function startProcess(name: string, url: string, { args, env }: Command): Promise<FileServer> {
  const [program, ...rest] = args;
  const child = new Deno.Command(program, {
    args: rest,
    env: { ...env },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const server: FileServer = {
    name,
    url,
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      try {
        child.kill("SIGTERM");
      } catch {
        // It has ended.
      }
      await child.status;
    },
  };
  const startedAt = performance.now();
  while (!(await isReady(url))) {
    if (performance.now() - startedAt > READY_LIMIT_MS) {
      await server[Symbol.asyncDispose]();
      throw new Error(`${name} does not serve ${url}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return server;
}

/** As Debian sets it up, without what it writes about each request. */
function nginxConfiguration(folder: string, root: string, port: number): string {
  // Its workers are to read what belongs to whom runs the bench.
  const user = Deno.uid() === 0 ? "user root;\n" : "";
  const places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) =>
    `  ${name}_temp_path ${folder}/nginx-${name};`
  );
  return `${user}daemon off;
worker_processes auto;
pid ${folder}/nginx.pid;
error_log ${folder}/nginx.log;
events { worker_connections 1024; }
http {
${places.join("\n")}
  access_log off;
  sendfile on;
  tcp_nopush on;
  server { listen 127.0.0.1:${port}; root ${root}; }
}
`;
}

async function startNginx(folder: string, library: string): Promise<FileServer | undefined> {
  const found = await new Deno.Command("sh", {
    args: ["-c", "command -v nginx || ls /usr/sbin/nginx"],
    stderr: "null",
  })
    .output();
  if (!found.success) return undefined;
  const port = await freePort();
  const file = join(folder, "nginx.conf");
  await writeFile(file, nginxConfiguration(folder, library, port));
  const program = new TextDecoder().decode(found.stdout).trim();
  const args: Command["args"] = [program, "-c", file, "-e", join(folder, "nginx.log")];
  return await startProcess(NGINX, `http://127.0.0.1:${port}/${REPO}/${FILE}`, { args });
}

async function startOurs(folder: string, library: string): Promise<FileServer> {
  const port = await freePort();
  const command = modelManagerCommand(folder, ["--models-dir", library, "serve", "--port", String(port)]);
  return await startProcess(OURS, `http://127.0.0.1:${port}/${REPO}/resolve/main/${FILE}`, command);
}

/** One transfer; time is that of curl, everything else that of the server. */
async function fetchOnce(server: FileServer): Promise<Sample> {
  const cpu = (): number => processesOf(server).reduce((sum, pid) => sum + cpuSecondsOf(pid), 0);
  const before = cpu();
  const { wallSeconds } = await measure({
    args: ["curl", "-fsS", "--noproxy", "*", "-o", "/dev/null", server.url],
  });
  return { wallSeconds, cpuSeconds: cpu() - before, peakBytes: Math.max(...processesOf(server).map(peakOf)) };
}

/** The peak memory of a server while many are in the middle of the file. */
async function holdMany(server: FileServer): Promise<number> {
  const { hostname, port, pathname } = new URL(server.url);
  const request = new TextEncoder().encode(`GET ${pathname} HTTP/1.1\r\nHost: ${hostname}:${port}\r\n\r\n`);
  const connections: Deno.TcpConn[] = [];
  try {
    for (let index = 0; index < HELD; index++) {
      const connection = await Deno.connect({ hostname, port: Number(port) });
      connections.push(connection);
      await connection.write(request);
    }
    // Each has some of its bytes, so that all are being answered.
    const pieces = await Promise.all(
      connections.map((connection) => connection.read(new Uint8Array(2 ** 16))),
    );
    if (pieces.some((count) => count === null)) {
      throw new Error(`${server.name} has closed a connection of ${HELD}`);
    }
    return Math.max(...processesOf(server).map(peakOf));
  } finally {
    for (const connection of connections) connection.close();
  }
}

async function fillLibrary(folder: string, library: string, upstream: ServerProcess): Promise<void> {
  await measure(
    modelManagerCommand(folder, [
      "--endpoint",
      upstream.endpoint,
      "--models-dir",
      library,
      "pull",
      REPO,
      "-q",
    ]),
  );
}

async function raceServers(context: BenchContext, servers: readonly FileServer[]): Promise<Row[]> {
  const samples = new Map<string, Sample[]>(servers.map(({ name }) => [name, []]));
  // The first transfer of each fills the caches.
  for (const server of servers) await fetchOnce(server);
  for (let round = 0; round < context.rounds; round++) {
    const order = round % 2 === 0 ? servers : [...servers].reverse();
    for (const server of order) {
      const sample = await fetchOnce(server);
      samples.get(server.name)?.push(sample);
      context.say(`  round ${round + 1}  ${server.name.padEnd(18)} ${sample.wallSeconds.toFixed(3)} s`);
    }
  }
  return [...samples].map(([name, list]) => ({ name, samples: list }));
}

/** `mm serve` beside nginx. */
export const serve: BenchCase = {
  name: "serve",
  title: (context) =>
    `mm serve to curl, ${formatByteSize(sizeOf(context))}, processor time and memory of the server`,
  async run(context) {
    const bytes = sizeOf(context);
    await using folder = await runFolder(context);
    const library = join(folder.path, "models");
    await mkdir(library);
    {
      const files = [{ path: FILE, sizeBytes: bytes, storage: "lfs" as const }];
      await using upstream = await startServer({ repos: [{ repo: REPO, files }] });
      await fillLibrary(folder.path, library, upstream);
    }
    await using opened = new AsyncDisposableStack();
    const nginx = await startNginx(folder.path, library);
    if (nginx === undefined) {
      context.say(`!!! MISSING: ${NGINX} takes no part. To have it: apt-get install nginx-light`);
    } else opened.use(nginx);
    const ours = opened.use(await startOurs(folder.path, library));
    const rows = await raceServers(context, nginx === undefined ? [ours] : [nginx, ours]);
    const heldBytes = await holdMany(ours);
    return {
      rows,
      targets: [
        ...ratioTargets(rows, OURS, [{ other: NGINX, limit: 1.2 }]),
        {
          text: `peak memory of mm serve with ${HELD} connections`,
          value: heldBytes / 1e6,
          limit: 250,
          unit: "MB",
        },
      ],
      bytes,
    };
  },
};

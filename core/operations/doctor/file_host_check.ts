/**
 * The file host: asked for one byte of a real file, which is what every download is made of.
 *
 * @module
 */
import { isModelManagerError } from "../../base/errors.ts";
import type { Fetch } from "../../http/fetch.ts";
import type { HubClient } from "../../hub/client.ts";
import type { FileLocation } from "../../hub/model.ts";
import type { KnownRemoteFile } from "../../library/registry_inspection.ts";
import { type Finding, ok, problem, skipped, warning } from "./check.ts";

/** Whom to ask. */
export interface FileHostPorts {
  readonly hub: Pick<HubClient, "locateFile" | "searchModels" | "modelInfo">;
  /** Without retries, cache and token. */
  readonly fetch: Fetch;
  readonly signal: AbortSignal;
  /** A file that was downloaded before; otherwise a public one is looked for. */
  readonly known: KnownRemoteFile | undefined;
  /** Told when the file host itself is about to be asked. */
  readonly onAsk?: (host: string) => void;
}

/** So many models are looked at for a public file. */
const MAX_CANDIDATES = 5;

/** Whether the bytes of files can be had, and in ranges. */
export async function checkFileHost(ports: FileHostPorts): Promise<Finding> {
  const { known } = ports;
  let place = known === undefined ? undefined : await locate(known, ports).catch(ignoreRefusal);
  place ??= await locateAny(ports);
  return place === undefined
    ? skipped("no public file was found to ask for", ["Ask for one yourself: mm pull REF --dry-run"])
    : await checkRange(place.file, place.location, ports);
}

interface Place {
  readonly file: KnownRemoteFile;
  readonly location: FileLocation;
}

async function locate(file: KnownRemoteFile, { hub, signal }: FileHostPorts): Promise<Place> {
  const location = await hub.locateFile(file.repo, file.commit, file.path, { signal });
  return { file, location };
}

/** A model that is gone or closed says nothing about the file host. */
function ignoreRefusal(error: unknown): undefined {
  if (isModelManagerError(error) && ["NOT_FOUND", "GATED", "AUTHENTICATION_ERROR"].includes(error.code)) {
    return undefined;
  }
  throw error;
}

/** The smallest large file of the first public model. */
async function locateAny(ports: FileHostPorts): Promise<Place | undefined> {
  const { hub, signal } = ports;
  for await (const model of hub.searchModels({ text: "", limit: MAX_CANDIDATES }, { signal })) {
    if (model.gated !== false || model.private) continue;
    const { repo, commit, files } = await hub.modelInfo(model.repo, { signal });
    const [file] = files.filter(({ digest, sizeBytes }) => digest?.algorithm === "sha256" && sizeBytes > 0)
      .sort((a, b) => a.sizeBytes - b.sizeBytes);
    if (file === undefined) continue;
    const place = await locate({ repo, commit, path: file.path }, ports).catch(ignoreRefusal);
    if (place !== undefined) return place;
  }
  return undefined;
}

async function checkRange(
  file: KnownRemoteFile,
  location: FileLocation,
  { fetch, signal, onAsk }: FileHostPorts,
): Promise<Finding> {
  onAsk?.(new URL(location.url).host);
  const response = await fetch(location.url, {
    signal,
    cache: "no-store",
    headers: { ...location.headers, range: "bytes=0-0", "accept-encoding": "identity" },
  });
  await response.body?.cancel();
  const { host } = new URL(response.url === "" ? location.url : response.url);
  const more = [`asked for the first byte of "${file.path}" of "${file.repo}"`];
  const stated = response.headers.get("content-range");
  if (response.status === 206) {
    const total = /^bytes 0-0\/(\d+)$/.exec(stated?.trim() ?? "")?.[1];
    if (total === undefined) {
      return problem(`"${host}" answers a range with ${stated === null ? "no" : "a wrong"} Content-Range`, [
        "If a proxy is on the way, go around it: export NO_PROXY=" + host,
      ], { more: [...more, ...(stated === null ? [] : [`Content-Range: ${stated}`])] });
    }
    return location.sizeBytes === undefined || Number(total) === location.sizeBytes
      ? ok(`"${host}" gives ranges`, { more })
      : problem(`"${host}" has ${total} bytes where the Hub promises ${location.sizeBytes}`, [
        "Ask another mirror, or none: mm config get mirrors",
      ], { more });
  }
  if (response.status === 200) {
    return warning(`"${host}" ignores ranges: one connection a file, and nothing is resumed`, [
      "If a proxy is on the way, go around it: export NO_PROXY=" + host,
      "Otherwise choose another Hub or mirror: mm config set endpoint URL",
    ], { more });
  }
  return problem(`"${host}" answers with ${response.status}`, [
    response.status === 403
      ? "Its addresses are good for a short time only: check the clock of this machine, then mm doctor"
      : "Try again later: mm doctor",
  ], { more });
}

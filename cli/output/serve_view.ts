/**
 * A server as it is shown when it starts.
 *
 * @module
 */
import type { AccessRecord, RunningServer } from "../../core/operations/model_manager.ts";

/** The document of `mm serve --json`. */
export function serveDocument(server: RunningServer): unknown {
  const { endpoint, otherEndpoints, address, readers, served, upstream } = server;
  return {
    endpoint,
    otherEndpoints,
    address: { host: address.hostname, port: address.port },
    readers,
    served,
    ...(upstream === undefined ? {} : { upstream }),
  };
}

function count(number: number, one: string, many: string): string {
  return number === 1 ? `1 ${one}` : `${number} ${many}`;
}

function whoMayRead(server: RunningServer): string[] {
  const { readers: { anonymous, accessToken, ownToken }, otherEndpoints } = server;
  const where = otherEndpoints.length === 0 ? "on this machine" : "who can reach this machine";
  const lines = anonymous === "nothing"
    ? ["Without the access token nothing can be read"]
    : [`Everybody ${where} may read what is neither private nor gated`];
  const keys = [
    ...(accessToken ? ["the access token"] : []),
    ...(ownToken ? ["your own token for the Hub"] : []),
  ];
  if (keys.length > 0) lines.push(`Everything may be read with ${keys.join(" or ")}: HF_TOKEN=…`);
  return lines;
}

/** What is said to a person besides the address. */
export function serveLines(server: RunningServer): string[] {
  const { served: { models, restricted, hfCacheModels, unprovedFiles }, readers, otherEndpoints } = server;
  const closed = restricted === 0 ? "" : `, ${restricted} of them private or gated`;
  const cached = hfCacheModels === undefined
    ? ""
    : ` and ${count(hfCacheModels, "model", "models")} of the Hub's cache`;
  const lines = [
    `Serving ${count(models, "model", "models")} of the library${closed}${cached}`,
    ...whoMayRead(server),
  ];
  if (server.upstream !== undefined) {
    lines.push(
      `What is missing is fetched from ${server.upstream} and kept`,
      "Private and gated models of it go to who sends a token that has a right to them",
    );
  }
  for (const other of otherEndpoints.slice(1)) lines.push(`Also at ${other}`);
  if (otherEndpoints.length > 0) lines.push("The connection is not encrypted");
  if (restricted > 0 && !readers.accessToken && !readers.ownToken) {
    lines.push(
      "Private and gated models are served to nobody: set MM_SERVE_TOKEN to give them to who sends it",
    );
  }
  if (unprovedFiles > 0) {
    const files = count(
      unprovedFiles,
      "file is not served: its digest is not known",
      "files are not served: their digests are not known",
    );
    lines.push(`${files}. Hash them: mm list --scan`);
  }
  lines.push("Stop with Ctrl+C");
  return lines;
}

/** A request as a line for a person. */
export function accessLine(record: AccessRecord): string {
  const { client, method, path, status, bytesSent, elapsedMs, cut } = record;
  return `${client} ${method} ${path} ${status} ${bytesSent} B ${elapsedMs} ms${cut === true ? " cut" : ""}`;
}

/**
 * The file that says where a process that can be controlled listens, and the secret it wants to hear.
 *
 * @module
 */
import { join } from "node:path";
import { readTextFileIfExists, writeFileAtomic } from "../platform/atomic_file.ts";
import { removeFile } from "../platform/directory.ts";
import type { LocalAddress } from "../platform/local_socket.ts";

/** Where the control files are. */
export interface ControlPlaces {
  /** Absolute; nothing else is in it that has these names. */
  readonly folder: string;
  /** Sockets to try, in this order. */
  readonly sockets: readonly string[];
}

/** How to reach the process. */
export interface ControlAddress {
  readonly pid: number;
  readonly address: LocalAddress;
  /** Sent with each request: on loopback, everybody on this machine could ask. */
  readonly token: string;
}

/**
 * The places in a folder of their own; `runtimeDir` is `XDG_RUNTIME_DIR`, for when the folder's path is too long for a
 * socket, and `key` tells folders apart there.
 */
export function controlPlaces(
  folder: string,
  options: { readonly runtimeDir?: string | undefined; readonly key: string },
): ControlPlaces {
  const { runtimeDir, key } = options;
  const inRuntime = runtimeDir === undefined || !runtimeDir.startsWith("/")
    ? []
    : [join(runtimeDir, "model-manager", `${key}.sock`)];
  return { folder, sockets: [join(folder, "control.sock"), ...inRuntime] };
}

function addressPath(places: ControlPlaces): string {
  return join(places.folder, "control.json");
}

/** Writes the file; only this user can read it. */
export async function writeAddress(places: ControlPlaces, address: ControlAddress): Promise<void> {
  await writeFileAtomic(addressPath(places), JSON.stringify({ version: 1, ...address }), {
    mode: 0o600,
    sync: false,
  });
}

/** Takes the file away. */
export async function removeAddress(places: ControlPlaces): Promise<void> {
  await removeFile(addressPath(places)).catch(() => false);
}

/** What the file says; `undefined` when there is none that can be read. */
export async function readAddress(places: ControlPlaces): Promise<ControlAddress | undefined> {
  const text = await readTextFileIfExists(addressPath(places)).catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const { version, pid, address, token } = JSON.parse(text);
    const known = address?.transport === "unix"
      ? typeof address.path === "string"
      : address?.transport === "tcp" && Number.isInteger(address.port);
    if (version !== 1 || !known || typeof token !== "string" || typeof pid !== "number") return undefined;
    return { pid, address, token };
  } catch {
    return undefined;
  }
}

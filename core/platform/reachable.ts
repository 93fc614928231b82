/**
 * Whether something listens at an address.
 *
 * @module
 */
import { ModelManagerError } from "../base/errors.ts";

/**
 * Connects to a port and hangs up at once.
 *
 * @throws {ModelManagerError} `NETWORK_ERROR` when nobody answers there; the abort of `signal` is one of the reasons.
 */
export async function tryToConnect(
  address: { readonly hostname: string; readonly port: number },
  options: { readonly signal?: AbortSignal } = {},
): Promise<void> {
  try {
    const connection = await Deno.connect({ ...address, transport: "tcp", ...options });
    connection.close();
  } catch (error) {
    const reason = error instanceof Error
      ? error.message.replace(/ \(os error \d+\).*$/s, "")
      : String(error);
    throw new ModelManagerError(
      "NETWORK_ERROR",
      `Cannot connect to "${address.hostname}:${address.port}": ${reason}`,
      { hints: ["Check that it runs, and that its address is right"], retryable: true, cause: error },
    );
  }
}

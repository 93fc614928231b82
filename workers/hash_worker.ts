/**
 * Entry of a hash worker: hashes files while they are being filled.
 *
 * @module
 */
import { serveWorker } from "./worker_entry.ts";

serveWorker();

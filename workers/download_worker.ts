/**
 * Entry of a download worker: fetches segments.
 *
 * @module
 */
import { serveWorker } from "./worker_entry.ts";

serveWorker();

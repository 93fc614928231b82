/**
 * What this machine offers a model.
 *
 * @module
 */
import { availableParallelism, totalmem } from "node:os";

/** Memory of the machine in bytes. */
export function machineMemory(): number {
  return totalmem();
}

/** How many threads can run at once; at least 1. */
export function processorCount(): number {
  return Math.max(1, availableParallelism());
}

/**
 * How threads of one process share the processor.
 *
 * @module
 */
import { setPriority } from "node:os";

/** Less than an ordinary thread gets, and still a good part when others are busy. */
const BULK_NICENESS = 10;

/**
 * The calling thread does bulk work: a thread that answers a person goes before it. When all cores are busy, keys,
 * signals and notes of progress would otherwise wait in line behind the bytes. Only on Linux, where a priority belongs
 * to a thread; and only with the right to `setPriority`, for which nobody is asked. The rest of the process stays as it is.
 */
export function lowerThreadPriority(): void {
  if (Deno.build.os !== "linux") return;
  if (Deno.permissions.querySync({ name: "sys", kind: "setPriority" }).state !== "granted") return;
  try {
    // Without a process, the system takes the thread that calls.
    setPriority(BULK_NICENESS);
  } catch {
    // Sandboxes may forbid it: then all threads are equal.
  }
}

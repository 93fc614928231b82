/**
 * Messages for a person that nobody could be told at the time, kept in a file until somebody can.
 *
 * Losing one is better than failing for it: whatever goes wrong here is passed over.
 *
 * @module
 */
import { dirname } from "node:path";

/** More is not read by anybody. */
const MAX_NOTES = 20;

function read(path: string): string[] {
  // Where it takes a right that was not given, nobody is asked for it.
  if (Deno.permissions.querySync({ name: "read", path }).state !== "granted") return [];
  try {
    return Deno.readTextFileSync(path).split("\n").filter((line) => line !== "");
  } catch {
    return [];
  }
}

/** Keeps a message; the same one is kept once. */
export function keepNote(path: string, message: string): void {
  try {
    const notes = read(path);
    const note = message.replaceAll("\n", " ");
    if (notes.includes(note) || notes.length >= MAX_NOTES) return;
    Deno.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    // At once: the process may end right after.
    Deno.writeTextFileSync(path, `${note}\n`, { append: true, mode: 0o600 });
  } catch {
    // What was noticed is in the log, too.
  }
}

/** Tells what was kept, the oldest first, and forgets what was told. */
export function tellNotes(path: string, tell: (message: string) => boolean): void {
  const notes = read(path);
  if (notes.length === 0) return;
  const told = notes.filter(tell);
  if (told.length < notes.length) return;
  try {
    Deno.removeSync(path);
  } catch {
    // It is told once more.
  }
}

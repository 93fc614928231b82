/**
 * Telling a person of damage that was put right: it is found once, by whoever comes first, and that may be a program
 * that nobody looks at.
 *
 * @module
 */
import { join } from "node:path";
import type { Notifier } from "../base/notifier.ts";
import { keepNote, tellNotes } from "../platform/kept_notes.ts";

/** Whom to tell. */
export interface DamageOptions {
  /** Where it is kept until somebody can be told. */
  readonly stateDir: string;
  /** Says whether a person was told. @default nobody is told */
  readonly onDamage?: ((message: string) => boolean) | undefined;
  /** Told when no person is. */
  readonly notices: Notifier<string>;
}

/** Makes the one to tell of damage, and tells what was kept when nobody looked. */
export function damageTeller({ stateDir, onDamage, notices }: DamageOptions): (message: string) => void {
  const path = join(stateDir, "damage.txt");
  if (onDamage !== undefined) tellNotes(path, onDamage);
  return (message) => {
    if (onDamage?.(message)) return;
    keepNote(path, message);
    notices.emit(message);
  };
}

/**
 * Who is who among those that use one store.
 *
 * @module
 */

/** Who has written a record. */
export interface Installation {
  /** Name of the machine: for people, many may have the same. */
  readonly host: string;
  /** Id of its state folder; left out in a store of one machine only, and in records of earlier releases. */
  readonly installation?: string;
}

/**
 * Whether two are certainly the same. The id alone is not enough: a machine may have been copied with all that is on
 * it.
 */
export function isSameInstallation(one: Installation, other: Installation): boolean {
  return one.installation !== undefined && one.installation === other.installation && one.host === other.host;
}

/**
 * Whether two addresses lead to the same server.
 *
 * @module
 */

/** Whether two endpoints are the same Hub: credentials in them do not count. */
export function sameAddress(one: string, other: string): boolean {
  if (one === other) return true;
  if (!URL.canParse(one) || !URL.canParse(other)) return false;
  const [a, b] = [new URL(one), new URL(other)];
  return a.origin === b.origin && a.pathname.replace(/\/+$/, "") === b.pathname.replace(/\/+$/, "");
}

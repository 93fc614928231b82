/**
 * When signed URLs stop working, as far as they say so themselves.
 *
 * @module
 */

/** `20250102T030405Z` in milliseconds since 1970. */
function parseCompactDate(text: string): number | undefined {
  const match = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time) ? undefined : time;
}

/** From `Expires` (seconds since 1970), or from date and lifetime in the manner of `X-Amz-` and `X-Goog-`. */
export function signedUrlExpiry(url: URL): number | undefined {
  const values = new Map([...url.searchParams].map(([name, value]) => [name.toLowerCase(), value]));
  const expires = values.get("expires") ?? "";
  if (/^\d{9,11}$/.test(expires)) return Number(expires) * 1000;
  for (const vendor of ["x-amz", "x-goog"]) {
    const date = parseCompactDate(values.get(`${vendor}-date`) ?? "");
    const lifetime = values.get(`${vendor}-expires`) ?? "";
    if (date !== undefined && /^\d{1,7}$/.test(lifetime)) return date + Number(lifetime) * 1000;
  }
  return undefined;
}

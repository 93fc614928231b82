import { strictEqual } from "node:assert/strict";
import { signedUrlExpiry } from "../../../core/hub/signed_url.ts";

const expiry = (query: string): number | undefined => signedUrlExpiry(new URL(`https://cdn.test/f?${query}`));

Deno.test("signedUrlExpiry() reads the ways in which signed URLs name their end", () => {
  strictEqual(expiry("Expires=1735787045&Signature=x"), 1_735_787_045_000);
  strictEqual(expiry("X-Amz-Date=20250102T030405Z&X-Amz-Expires=3600"), Date.parse("2025-01-02T04:04:05Z"));
  strictEqual(expiry("x-goog-date=20250102T030405Z&x-goog-expires=60"), Date.parse("2025-01-02T03:05:05Z"));
});

Deno.test("signedUrlExpiry() is undefined when a URL does not say", () => {
  for (
    const query of ["", "Expires=soon", "Expires=12", "X-Amz-Expires=3600", "X-Amz-Date=2025&X-Amz-Expires=1"]
  ) {
    strictEqual(expiry(query), undefined, query);
  }
});

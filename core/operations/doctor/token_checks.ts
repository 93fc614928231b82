/**
 * The access token: where it is, who may read it, and whom it belongs to. It is never shown.
 *
 * @module
 */
import { causeMessages, isModelManagerError } from "../../base/errors.ts";
import type { Account } from "../../hub/model.ts";
import { type Finding, fromError, ok, problem, skipped, warning } from "./check.ts";

/** A token, without the token. */
export interface TokenFacts {
  /** A variable, a file or an option. */
  readonly source: string;
  /** Absolute path of the file it is in. */
  readonly file: string | undefined;
  /** Permission bits of that file; `undefined` when there are none. */
  readonly mode: number | undefined;
}

/** Where the token is, and who may read it. */
export function checkTokenPlace(token: TokenFacts | undefined): Finding {
  if (token === undefined) return ok("none: public models only", { hints: ["Log in: mm login"] });
  const { source, file, mode } = token;
  if (file === undefined) return ok(`from ${source}`);
  if (mode !== undefined && (mode & 0o077) !== 0) {
    return warning(`from "${file}", which others may read (mode ${mode.toString(8).padStart(4, "0")})`, [
      `Keep it to yourself: chmod 600 "${file}"`,
    ]);
  }
  return ok(`from "${file}"${mode === undefined ? "" : `, mode ${mode.toString(8).padStart(4, "0")}`}`);
}

/** Whether the Hub knows the token, and what it may do there. */
export async function checkAccount(
  token: TokenFacts | undefined,
  whoAmI: () => Promise<Account>,
): Promise<Finding> {
  if (token === undefined) return skipped("there is no token");
  let account: Account;
  try {
    account = await whoAmI();
  } catch (error) {
    return accountFailure(error, token);
  }
  const { name, tokenName, tokenRole, organizations } = account;
  const about = [
    ...(tokenName === undefined ? [] : [`token "${tokenName}"`]),
    ...(tokenRole === undefined ? [] : [tokenRole]),
  ];
  const more = organizations.length === 0 ? [] : [`organizations: ${organizations.join(", ")}`];
  const detail = about.length === 0 ? name : `${name} (${about.join(", ")})`;
  return ok(tokenRole === "write" ? `${detail}; to read would be enough for mm` : detail, { more });
}

function accountFailure(error: unknown, { source }: TokenFacts): Finding {
  if (isModelManagerError(error) && error.code === "AUTHENTICATION_ERROR") {
    const replace = /^(?:HF_TOKEN|HUGGING_FACE_HUB_TOKEN)$/.test(source)
      ? `Correct the variable, or do without it: unset ${source}`
      : source === "--token"
      ? "Give another one: mm doctor --token TOKEN"
      : "Store a new one: mm login";
    return problem(`the Hub refuses the token from ${source.startsWith("/") ? `"${source}"` : source}`, [
      replace,
      "It may have expired or been revoked: see the token settings on the Hub's site, then mm whoami",
    ], { more: causeMessages(error) });
  }
  return fromError(error, "warning");
}

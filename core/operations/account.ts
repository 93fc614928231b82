/**
 * The access token: checked with the Hub before it is kept.
 *
 * @module
 */
import type { HubClient } from "../hub/client.ts";
import type { Account } from "../hub/model.ts";
import { removeToken, storeToken, type TokenPlaces } from "../hub/token.ts";
import type { CallOptions } from "./model_manager.ts";

/** What account operations work with. */
export interface AccountContext {
  readonly tokenPlaces: TokenPlaces;
  /** A client that sends this token. */
  hubWithToken(token: string): Promise<HubClient>;
}

/**
 * Stores a token where the Hub's own tools look for it, when the Hub accepts it.
 *
 * @throws {ModelManagerError} `AUTHENTICATION_ERROR` when it does not; nothing is stored then.
 */
export async function login(
  context: AccountContext,
  token: string,
  options: CallOptions = {},
): Promise<Account> {
  const hub = await context.hubWithToken(token.trim());
  const account = await hub.whoAmI(options);
  await storeToken(token, context.tokenPlaces);
  return account;
}

/** Deletes the stored token. @returns whether there was one. */
export function logout(context: AccountContext): Promise<boolean> {
  return removeToken(context.tokenPlaces);
}

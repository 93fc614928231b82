/**
 * Accounts and named revisions as the Hub writes them, read into our words.
 *
 * @module
 */
import { isCommit } from "../base/reference.ts";
import type { Account, RepoRef, RepoRefs } from "./model.ts";
import {
  isPresent,
  looseField,
  looseText,
  wireError,
  wireField,
  wireList,
  wireRawText,
  wireRoot,
  wireText,
  type WireValue,
} from "./wire.ts";

/** Whom a token belongs to. */
export function decodeAccount(reply: unknown): Account {
  const user = wireRoot(reply);
  const organizations = wireField(user, "orgs");
  const token = looseField(looseField(user, "auth"), "accessToken");
  return {
    name: wireText(wireField(user, "name")),
    fullName: looseText(wireField(user, "fullname")),
    email: looseText(wireField(user, "email")),
    organizations: isPresent(organizations)
      ? wireList(organizations).map((organization) => wireText(wireField(organization, "name")))
      : [],
    tokenName: looseText(looseField(token, "displayName")),
    tokenRole: looseText(looseField(token, "role")),
  };
}

function readRefs(list: WireValue): RepoRef[] {
  if (!isPresent(list)) return [];
  return wireList(list).map((entry) => {
    const target = wireField(entry, "targetCommit");
    const commit = wireRawText(target);
    if (!isCommit(commit)) throw wireError(target, "40 hexadecimal digits");
    return { name: wireText(wireField(entry, "name")), commit };
  });
}

/** Branches and tags. */
export function decodeRefs(reply: unknown): RepoRefs {
  const refs = wireRoot(reply);
  return { branches: readRefs(wireField(refs, "branches")), tags: readRefs(wireField(refs, "tags")) };
}

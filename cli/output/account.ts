/**
 * An account in one line.
 *
 * @module
 */
import type { Account } from "../../core/hub/model.ts";
import { printable } from "./text_width.ts";

/** `name (token "laptop", read)`. */
export function accountLine({ name, tokenName, tokenRole }: Account): string {
  const token = [
    ...(tokenName === undefined ? [] : [`token "${tokenName}"`]),
    ...(tokenRole === undefined ? [] : [tokenRole]),
  ];
  return printable(token.length === 0 ? name : `${name} (${token.join(", ")})`);
}

/**
 * What servers have shown of one file besides its bytes: its tags, where it has moved to, and addresses that expired.
 *
 * @module
 */
import type { SegmentReply } from "./worker_protocol.ts";

/** A file that changes on the server so often is fetched all the same: its digest decides. */
const MAX_CHANGES = 2;

/** How an expired location compares with the one that expired before. */
export interface ExpirySign {
  /** How often in a row without a byte between. */
  readonly inARow: number;
  /** Whether bytes have arrived since it happened before. */
  readonly afterProgress: boolean;
}

/** The signs of one file. */
export class FileSigns {
  /** When the location was last found expired: the bytes received, and how often that was in a row without more. */
  #expiry: { readonly receivedBytes: number; readonly inARow: number } | undefined;
  /** Entity tags by the place they came from. */
  readonly #etags = new Map<string, string>();
  #changes = 0;
  #movedGeneration = 0;

  /**
   * Compares a reply with the others of the same place.
   *
   * @returns how the file has changed there, if it has; not more than twice, as servers behind one name may disagree
   * about the tag of the same bytes for ever.
   */
  noticeReply({ origin, etag }: Pick<SegmentReply, "origin" | "etag">): string | undefined {
    if (etag === undefined) return undefined;
    const known = this.#etags.get(origin);
    this.#etags.set(origin, etag);
    if (known === undefined || known === etag) return undefined;
    return ++this.#changes <= MAX_CHANGES ? `its ETag was ${known} and is ${etag}` : undefined;
  }

  /** Notices that the file has moved to another host. @returns whether that is news: lanes hear of it one by one. */
  noticeMove(generation: number): boolean {
    const isNews = generation > this.#movedGeneration;
    this.#movedGeneration = Math.max(this.#movedGeneration, generation);
    return isNews;
  }

  /** Notices that the location has expired, when so much of the file is there. */
  noticeExpiry(receivedBytes: number): ExpirySign {
    const before = this.#expiry;
    const afterProgress = before !== undefined && receivedBytes > before.receivedBytes;
    const inARow = before === undefined || afterProgress ? 1 : before.inARow + 1;
    this.#expiry = { receivedBytes, inARow };
    return { inARow, afterProgress };
  }

  /** The file is begun anew: what was seen of it says nothing any more. */
  forget(): void {
    this.#expiry = undefined;
    this.#etags.clear();
  }
}

/**
 * Which files are begun next: enough that lanes always find bytes, and no more than are soon looked after.
 *
 * @module
 */
import type { FileTask } from "./file_task.ts";
import { isWholeFile, orderFiles } from "./segment_plan.ts";
import type { TrackedFile } from "./tracked_file.ts";

/** How many large files may be under way: enough that lanes begin the next one rather than divide up the last. */
const MAX_OPEN_LARGE_FILES = 12;
/** How many large files may be in hand, those included that are being hashed: each takes a slot. */
const MAX_HELD_LARGE_FILES = 16;

/** What the next files depend on. */
export interface QueueFacts {
  /** Files that have been begun and are not done. */
  readonly open: readonly TrackedFile[];
  /** Small files are begun ahead up to this number. */
  readonly maxSmall: number;
  /** Whether there are lanes that take small files while large ones still have bytes to fetch. */
  readonly hasLanesForSmall: boolean;
  /** Begins a file. */
  readonly begin: (task: FileTask) => TrackedFile;
}

/** Files that have not been begun. */
export class FileQueue {
  /** Files that are fetched in segments, the largest first. */
  readonly #large: FileTask[];
  readonly #small: FileTask[];

  constructor(tasks: readonly FileTask[]) {
    const isSmall = ({ source }: FileTask): boolean => isWholeFile(source.sizeBytes);
    this.#large = orderFiles(tasks.filter((task) => !isSmall(task)), ({ source }) => source.sizeBytes);
    this.#small = tasks.filter(isSmall);
  }

  /** Bytes of the large files among them. */
  get largeBytes(): number {
    return this.#large.reduce((sum, { source }) => sum + source.sizeBytes, 0);
  }

  /** Begins files so that lanes find bytes to fetch and locations are asked for ahead of need. */
  openAhead({ open, maxSmall, hasLanesForSmall, begin }: QueueFacts): void {
    const downloading = open.filter((file) => file.phase === "downloading");
    let small = downloading.filter(({ transfer }) => transfer.whole && transfer.active.size === 0).length;
    // A file that has to wait after a failure keeps no other from its turn.
    const moving = downloading.filter(({ transfer }) => !transfer.whole && !transfer.retries.blocked);
    let large = moving.length;
    const held = open.filter(({ transfer }) => !transfer.whole).length - large;
    // A file opened long before a lane comes to it would only look stuck, and its location grow old.
    let hungry = !moving.some(({ transfer }) => transfer.hasMissing);
    while (hungry && large < MAX_OPEN_LARGE_FILES && held + large < MAX_HELD_LARGE_FILES) {
      const task = this.#large.shift();
      if (task === undefined) break;
      large++;
      hungry = !begin(task).transfer.hasMissing;
    }
    if (!hungry && !hasLanesForSmall) return;
    for (; small < maxSmall; small++) {
      const task = this.#small.shift();
      if (task === undefined) return;
      begin(task);
    }
  }
}

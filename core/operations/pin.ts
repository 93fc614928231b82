/**
 * Pins: models that stay as they are until a person says otherwise.
 *
 * @module
 */
import { ModelManagerError } from "../base/errors.ts";
import type { OperationContext } from "./context.ts";
import { findInLibrary } from "./remove.ts";

/** A model and whether it is pinned. */
export interface PinnedModel {
  /** As commands take it. */
  readonly reference: string;
  /** `org/name`, or a bare legacy name. */
  readonly repo: string;
  /** The quantization label, when it has one. */
  readonly quant: string | undefined;
  /** As it is now. */
  readonly pinned: boolean;
  /** Whether it was different before. */
  readonly changed: boolean;
}

/**
 * Pins what the references mean, or takes the pin from it.
 *
 * @throws {ModelManagerError} `NOT_FOUND` naming the first that is not in the library, or not complete.
 */
export async function setPinned(
  context: Pick<OperationContext, "endpoint" | "library">,
  references: readonly string[],
  pinned: boolean,
): Promise<PinnedModel[]> {
  const found = await findInLibrary(context, references);
  const before = new Map(
    found.flatMap(({ parts }) => parts.map(({ entry }) => [entry.modelId, entry.pinned === true] as const)),
  );
  const entries = await context.library.setPinned([...before.keys()], pinned);
  const registered = new Set(entries.map((entry) => entry.modelId));
  const begun = [...before.keys()].find((modelId) => !registered.has(modelId));
  if (begun !== undefined) {
    throw new ModelManagerError("NOT_FOUND", `Cannot pin "${begun}": it is not complete`, {
      hints: [`Go on with it: mm pull "${begun}"`],
    });
  }
  return entries.map(({ modelId: reference, metadata: { repo, quant } }) => {
    return { reference, repo, quant: quant ?? undefined, pinned, changed: before.get(reference) !== pinned };
  });
}

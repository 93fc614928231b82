/**
 * What happens when drawing fails.
 *
 * @module
 */
/** @jsxImportSource react */
/** @jsxImportSourceTypes @types/react */
import { PureComponent, type ReactNode } from "react";

/** What {@link Boundary} takes. */
export interface BoundaryProps {
  /** Told of the error, once. */
  readonly onError: (error: unknown) => void;
  readonly children: ReactNode;
}

/** An error while drawing ends the program with the screen put back; Ink's own way would be a stack over the screen. */
export class Boundary extends PureComponent<BoundaryProps, { readonly failed: boolean }> {
  override readonly state = { failed: false };

  static getDerivedStateFromError(): { readonly failed: boolean } {
    return { failed: true };
  }

  override componentDidCatch(error: unknown): void {
    this.props.onError(error);
  }

  override render(): ReactNode {
    return this.state.failed ? null : this.props.children;
  }
}

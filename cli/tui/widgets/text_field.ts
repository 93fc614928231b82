/**
 * A line of text that is being typed: pure.
 *
 * @module
 */
import { fit, type Measure } from "../../output/text_width.ts";

/** The text, and where the cursor is in it. */
export interface TextField {
  readonly text: string;
  /** In signs as a person counts them, from 0 (before the first) on. */
  readonly cursor: number;
}

/** Signs that a field takes: more than anybody types, and few enough to be drawn with each key. */
export const MAX_SIGNS = 1_000;

/** A field with a text, the cursor at its end. */
export function textField(text = ""): TextField {
  return { text, cursor: signs(text).length };
}

/** What keys do to a field. */
export type TextEdit =
  | { readonly type: "insert"; readonly text: string }
  | { readonly type: "backspace" | "delete" | "left" | "right" | "home" | "end" | "clear" | "deleteWord" };

function signs(text: string): string[] {
  return Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
}

function splice(parts: readonly string[], from: number, to: number, added: string): TextField {
  const head = parts.slice(0, from).join("") + added;
  return { text: head + parts.slice(to).join(""), cursor: signs(head).length };
}

/** What is taken of a text that may be a whole book: segmenting all of it would take seconds. */
function insertable(text: string, room: number): string {
  // The longest signs, families of emoji, are well below 40 characters.
  const clean = text.slice(0, Math.max(0, room) * 40).replace(/\p{Cc}/gu, "");
  return signs(clean).slice(0, Math.max(0, room)).join("");
}

/** The field after an edit. Control characters of what is inserted are left out. */
export function editText(field: TextField, edit: TextEdit): TextField {
  const parts = signs(field.text);
  const cursor = Math.max(0, Math.min(field.cursor, parts.length));
  switch (edit.type) {
    case "insert":
      return splice(parts, cursor, cursor, insertable(edit.text, MAX_SIGNS - parts.length));
    case "backspace":
      return splice(parts, Math.max(0, cursor - 1), cursor, "");
    case "delete":
      return { ...splice(parts, cursor, cursor + 1, ""), cursor };
    case "deleteWord": {
      const before = parts.slice(0, cursor).join("").trimEnd();
      const kept = signs(before.slice(0, before.lastIndexOf(" ") + 1)).length;
      return splice(parts, kept, cursor, "");
    }
    case "clear":
      return textField();
    default:
      return {
        text: field.text,
        cursor: {
          left: Math.max(0, cursor - 1),
          right: Math.min(parts.length, cursor + 1),
          home: 0,
          end: parts.length,
        }[
          edit.type
        ],
      };
  }
}

const EDIT_KEYS: Readonly<Record<string, Exclude<TextEdit, { type: "insert" }>["type"]>> = {
  backspace: "backspace",
  delete: "delete",
  left: "left",
  right: "right",
  home: "home",
  end: "end",
  "ctrl+a": "home",
  "ctrl+e": "end",
  "ctrl+u": "clear",
  "ctrl+w": "deleteWord",
};

/** Keys that edit a field, for key maps. */
export const TEXT_EDIT_KEYS: readonly string[] = Object.keys(EDIT_KEYS);

/** The edit that a key stands for. */
export function editOfKey(name: string): TextEdit | undefined {
  const type = EDIT_KEYS[name];
  return type === undefined ? undefined : { type };
}

/** The part of a field that fits, with the cursor in sight; `mark` shows the sign under the cursor. */
export function fieldText(
  field: TextField,
  options: { readonly width: number; readonly measure: Measure; readonly mark: (sign: string) => string },
): string {
  const { width, measure, mark } = options;
  const parts = signs(field.text);
  // The tail before the cursor that fits, found from its end, and then what fits behind it.
  const room = Math.max(1, width - 1);
  let [head, from, used] = ["", field.cursor, 0];
  for (; from > 0; from--) {
    const sign = parts[from - 1] ?? "";
    const mark = from > 1 ? 1 : 0;
    used += measure(sign);
    if (used + mark > room || measure(sign + head) + mark > room) break;
    head = sign + head;
  }
  const cut = from > 0;
  const shownHead = cut ? `…${head}` : head;
  const rest = fit(parts.slice(field.cursor).join(""), Math.max(0, width - measure(shownHead)), { measure });
  const [under = " ", ...behind] = signs(rest);
  return shownHead + mark(under) + behind.join("");
}

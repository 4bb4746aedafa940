import type { PageDocument } from "./document"
import type { Selection } from "./state"

/** CellDetail shows all that is known of the selected row. */
export function CellDetail(_: { doc: PageDocument } & Selection) {
  return null
}

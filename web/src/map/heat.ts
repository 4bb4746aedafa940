import type { Cell, Value } from "../document"

/** steps is how many shades there are on each side of the bound; map.css has a rule for each. */
const steps = 6

/** fillOf is the class of a cell's shape: what it is told apart by besides its sign. */
export function fillOf(cell: Cell, value: Value | null): string {
  switch (cell.state) {
    case "inferred_pass":
    case "inferred_fail":
    case "inferred_borderline":
      return "inferred"
    case "invalid":
    case "error":
    case "skipped":
      return "hatched"
    case "open":
    case "absent":
      return cell.state
  }
  if (!value || value.heat === null) return "plain"
  return shade(value.heat)
}

/** shade is the class of a heat: h-6 is far on the right side of the bound, h6 on the wrong one. */
export function shade(heat: number): string {
  return `h${Math.round(Math.max(-1, Math.min(1, heat)) * steps)}`
}

/** shades are all of them, in order. */
export const shades = Array.from({ length: 2 * steps + 1 }, (_, i) => `h${i - steps}`)

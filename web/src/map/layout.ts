import type { Map } from "../document"

/** Layout is where the cells of a map are, in pixels. More replicas are further up, as on a chart. */
export interface Layout {
  columns: number
  rows: number
  /** pitch is from one cell to the next, gap the part of it that stays free. */
  pitchX: number
  pitchY: number
  gap: number
  width: number
  height: number
  /** texts says that there is room for texts in the cells. */
  texts: boolean
  flipped: boolean
}

/** isDense says that a map has too many cells for texts and elements of their own. */
export const isDense = (map: Map) => map.cells.length > 800

/** layoutOf fits a map into a width, as long as what is in the cells can be read. */
export function layoutOf(map: Map, width: number, small: boolean): Layout {
  const columns = map.users.length
  const rows = map.replicas.length
  const texts = !isDense(map)
  const fit = width / columns
  const pitchX = texts ? clamp(fit, small ? 52 : 58, 160) : Math.floor(clamp(fit, 4, 24))
  const pitchY = texts ? (small ? 38 : 48) : clamp(pitchX, 6, 14)
  const flipped = rows > 1 && (map.replicas[0] ?? 0) < (map.replicas[rows - 1] ?? 0)
  const gap = texts ? 4 : pitchX >= 14 ? 1 : 0
  return { columns, rows, pitchX, pitchY, gap, width: width > 0 ? columns * pitchX : 0, height: rows * pitchY, texts, flipped }
}

const clamp = (value: number, low: number, high: number) => Math.max(low, Math.min(high, value))

/** yOf is the upper edge of a row of the map; lineY that of a corner of the grid. */
export const yOf = (l: Layout, row: number) => (l.flipped ? l.rows - 1 - row : row) * l.pitchY
export const lineY = (l: Layout, corner: number) => (l.flipped ? l.rows - corner : corner) * l.pitchY

/** cellAt is the cell under a point, or null. */
export function cellAt(l: Layout, x: number, y: number): number | null {
  const column = Math.floor(x / l.pitchX)
  const seen = Math.floor(y / l.pitchY)
  if (column < 0 || column >= l.columns || seen < 0 || seen >= l.rows) return null
  return (l.flipped ? l.rows - 1 - seen : seen) * l.columns + column
}

/** moved is the cell that a key leads to, or null for a key that does not move. */
export function moved(l: Layout, at: number, key: string): number | null {
  const row = Math.floor(at / l.columns)
  const column = at % l.columns
  const up = l.flipped ? 1 : -1
  const to = (r: number, c: number) => clamp(r, 0, l.rows - 1) * l.columns + clamp(c, 0, l.columns - 1)
  switch (key) {
    case "ArrowLeft":
      return to(row, column - 1)
    case "ArrowRight":
      return to(row, column + 1)
    case "ArrowUp":
      return to(row + up, column)
    case "ArrowDown":
      return to(row - up, column)
    case "Home":
      return to(row, 0)
    case "End":
      return to(row, l.columns - 1)
    case "PageUp":
      return to(row + 10 * up, column)
    case "PageDown":
      return to(row - 10 * up, column)
  }
  return null
}

/** startOf is the cell on the upper left. */
export const startOf = (l: Layout) => (l.flipped ? (l.rows - 1) * l.columns : 0)

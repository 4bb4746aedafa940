import assert from "node:assert/strict"
import test from "node:test"
import { cellAt, layoutOf, lineY, moved, startOf, yOf } from "../src/map/layout"

const map = { replicas: [1, 2, 3], users: [50, 100], cells: Array(6).fill({ state: "pass" }), frontier: [] }
const layout = layoutOf(map, 200, false)

test("more replicas are further up", () => {
  assert.deepEqual([0, 1, 2].map((row) => yOf(layout, row)), [96, 48, 0])
  assert.deepEqual([0, 3].map((corner) => lineY(layout, corner)), [144, 0])
  assert.equal(startOf(layout), 4)
})

test("a point is in the cell that is drawn there", () => {
  for (let at = 0; at < 6; at++) {
    const x = (at % 2) * layout.pitchX
    const y = yOf(layout, Math.floor(at / 2))
    assert.equal(cellAt(layout, x + 1, y + 1), at)
    assert.equal(cellAt(layout, x + layout.pitchX - 1, y + layout.pitchY - 1), at)
  }
  assert.equal(cellAt(layout, -1, 5), null)
  assert.equal(cellAt(layout, 5, layout.height + 1), null)
})

test("arrow keys move as one sees it, and stop at the edges", () => {
  assert.equal(moved(layout, 0, "ArrowUp"), 2)
  assert.equal(moved(layout, 2, "ArrowDown"), 0)
  assert.equal(moved(layout, 0, "ArrowDown"), 0)
  assert.equal(moved(layout, 0, "ArrowLeft"), 0)
  assert.equal(moved(layout, 0, "ArrowRight"), 1)
  assert.equal(moved(layout, 0, "a"), null)
})

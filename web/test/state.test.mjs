import assert from "node:assert/strict"
import test from "node:test"
import { rowAt, rowHash } from "../src/state"

const row = (replicas, users, round = 1) => ({ replicas, workers: 4, users, round })
const rows = [row(2, 400), row(2, 400, 2), row(2, 40)]

test("every row has an address, which leads back to it", () => {
  assert.deepEqual(rows.map(rowHash), ["#r=2&w=4&u=400", "#r=2&w=4&u=400&round=2", "#r=2&w=4&u=40"])
  assert.deepEqual(
    rows.map((row) => rowAt(rows, rowHash(row))),
    [0, 1, 2],
  )
})

test("what addresses no row is none", () => {
  for (const hash of ["", "#map", "#r=2&w=4&u=4", "#r=3&w=4&u=400", "#r=2&w=4&u=400&round=3"]) assert.equal(rowAt(rows, hash), null, hash)
})

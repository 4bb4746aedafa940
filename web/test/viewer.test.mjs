import assert from "node:assert/strict"
import test from "node:test"
import { rowAt } from "../src/state"
import { matches, sorted } from "../src/viewer/order"
import { axesOf, cellAt, differences, pairs, sharedMetrics, valueIn } from "../src/viewer/pair"
import { compareHash, placeIn, routeOf, runHash } from "../src/viewer/route"

test("each place has an address, which leads back to it", () => {
  for (const id of ["demo", "2.demo", "run-0123", "ümlaut/and ?"]) {
    assert.deepEqual(routeOf(runHash(id)), { kind: "run", id })
    assert.deepEqual(routeOf(`${runHash(id)}?r=2&w=4&u=400`), { kind: "run", id })
    assert.deepEqual(routeOf(compareHash(id, "b")), { kind: "compare", a: id, b: "b" })
  }
  for (const hash of ["", "#", "#/", "#/run", "#/run/", "#/run/a/b", "#/compare/a", "#/compare/a/b/c", "#/elsewhere", "#/run/%E0%A4%A/"]) {
    assert.deepEqual(routeOf(hash), { kind: "list" }, hash)
  }
  for (const hash of ["#doubts", "#r=2&w=4&u=400"]) assert.equal(routeOf(hash), null, hash)
})

test("a place within a run is a row or a block", () => {
  const rows = [{ replicas: 2, workers: 4, users: 400, round: 1 }]
  assert.equal(rowAt(rows, "#/run/demo?r=2&w=4&u=400"), 0)
  assert.equal(placeIn("#/run/demo?r=2&w=4&u=400"), null)
  assert.equal(rowAt(rows, "#/run/demo?doubts"), null)
  assert.equal(placeIn("#/run/demo?doubts"), "doubts")
  assert.equal(placeIn("#/run/demo"), null)
})

const run = (dir, created, more = {}) => ({
  id: dir, dir, created, changed: "2026-01-09T00:00:00Z", pending: false, error: "", name: "shop", target: "t", slo: "", when: "", answer: [], gate: { state: "met", text: "" }, unfinished: "", ...more,
})

test("the list is sorted by any column, and what cannot be read comes last", () => {
  const list = [
    run("run-9", "2026-01-01T00:00:00Z", { gate: { state: "missed", text: "" } }),
    run("broken", null, { error: "line 3" }),
    run("run-10", "2026-01-02T00:00:00Z", { answer: ["200 users"] }),
  ]
  const dirs = (order) => sorted(list, order).map((r) => r.dir)
  assert.deepEqual(dirs({ by: "name", down: false }), ["run-9", "run-10", "broken"])
  assert.deepEqual(dirs({ by: "when", down: true }), ["run-10", "run-9", "broken"])
  assert.deepEqual(dirs({ by: "gate", down: true }), ["run-9", "run-10", "broken"])
  assert.deepEqual(dirs({ by: "answer", down: false }), ["run-9", "run-10", "broken"])
  assert.deepEqual(list.map((r) => r.dir), ["run-9", "broken", "run-10"])
  assert.deepEqual([matches(list[2], "200 SHOP"), matches(list[2], "200 blog"), matches(list[1], "line"), matches(list[0], " ")], [true, false, true, true])
})

const row = (replicas, users, round = 1) => ({ replicas, workers: 4, users, round, values: [{ v: users, text: `${users}` }, null] })
const docOf = (rows, metrics) => ({ rows, metrics, run: { slo: "", target: "t", load: "l", engine: "swarm" } })
const p95 = { id: "p95", unit: "ms" }
const rps = { id: "rps", unit: "/s" }

test("the same scenarios are side by side, and the others alone", () => {
  const a = docOf([row(2, 400), row(1, 50)], [p95, rps])
  const b = docOf([row(1, 50), row(1, 50, 2), row(10, 50)], [rps, p95])
  assert.deepEqual(pairs(a, b).map(({ row, a, b }) => [row.replicas, row.users, row.round, a, b]), [
    [1, 50, 1, 1, 0],
    [1, 50, 2, null, 1],
    [2, 400, 1, 0, null],
    [10, 50, 1, null, 2],
  ])
  assert.deepEqual(sharedMetrics(a, b).map((m) => [m.metric.id, m.a, m.b]), [["p95 ms", 0, 1], ["rps /s", 1, 0]])
  assert.deepEqual([valueIn(a, 0, 0)?.text, valueIn(a, null, 0), valueIn(a, 0, 1), valueIn(a, 0, -1)], ["400", null, null, null])
})

test("a metric that only one run has, or has in another unit, is of that run alone", () => {
  const shared = sharedMetrics(docOf([], [p95, { id: "cost", unit: "EUR" }]), docOf([], [{ id: "cost", unit: "USD" }, rps]))
  assert.deepEqual(shared.map((m) => [m.metric.id, m.a, m.b]), [["p95 ms", 0, -1], ["cost EUR", 1, -1], ["cost USD", -1, 0], ["rps /s", -1, 1]])
})

test("two maps are drawn over each other", () => {
  const one = { replicas: [1, 2], users: [50, 400], cells: ["a", "b", "c", "d"].map((text) => ({ state: "pass", text })) }
  const other = { replicas: [2, 10], users: [100], cells: [{ state: "absent", text: "" }, { state: "fail", text: "e" }] }
  assert.deepEqual(axesOf(one, other), { replicas: [1, 2, 10], users: [50, 100, 400] })
  assert.deepEqual(axesOf(undefined, other), { replicas: [2, 10], users: [100] })
  assert.deepEqual([cellAt(one, 2, 50)?.text, cellAt(one, 10, 50), cellAt(other, 2, 100), cellAt(other, 10, 100)?.text, cellAt(undefined, 1, 50)], ["c", null, null, "e", undefined].map((x) => x ?? null))
})

test("what else differs is named", () => {
  const a = docOf([], [])
  const b = { run: { ...a.run, slo: "p95 < 1s", engine: "locust" } }
  assert.deepEqual(differences(a, b), [{ name: "SLO", a: "none", b: "p95 < 1s" }, { name: "Engine", a: "swarm", b: "locust" }])
  assert.deepEqual(differences(a, a), [])
})

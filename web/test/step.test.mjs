import assert from "node:assert/strict"
import test from "node:test"
import { stepAt } from "../src/step"

const load = { min: 50, max: 400, steps: [{ from: 49, to: 50 }, { from: 50, to: 200 }, { from: 200, to: 400 }] }

test("the answer for a load is that of its step, and there is none outside", () => {
  const want = [
    [0, "below"],
    [49, "below"],
    [50, load.steps[0]],
    [51, load.steps[1]],
    [200, load.steps[1]],
    [201, load.steps[2]],
    [400, load.steps[2]],
    [401, "beyond"],
  ]
  for (const [users, step] of want) assert.equal(stepAt(load, users), step, `${users} users`)
})

// The keys of a chart of seconds.

import type { Series } from "../document"
import type { Linked } from "./linked"
import { whole } from "./secondsplot"

/** steer moves the cursor and the view by keyboard, and says whether it knew the key. */
export function steer(key: string, shift: boolean, series: Series, linked: Linked): boolean {
  const last = series.t.length - 1
  const at = linked.state.at ?? begin(series, linked)
  const step = shift ? 10 : 1
  const to = { ArrowRight: at + step, ArrowUp: at + step, ArrowLeft: at - step, ArrowDown: at - step, PageUp: at + 10, PageDown: at - 10, Home: 0, End: last }[key]
  if (to !== undefined) linked.point(Math.min(last, Math.max(0, to)))
  else if (key === "+" || key === "=") zoom(0.5, series.t[at]!, series, linked)
  else if (key === "-") zoom(2, series.t[at]!, series, linked)
  else if (key === "0") linked.zoom(null)
  else return false
  return true
}

// Where the cursor comes from when it is not there yet.
function begin(series: Series, linked: Linked): number {
  const range = linked.state.range
  return range ? Math.max(0, series.t.findIndex((t) => t >= range[0])) : 0
}

function zoom(factor: number, about: number, series: Series, linked: Linked) {
  const all = whole(series)
  const [a, b] = linked.state.range ?? all
  const from = Math.max(all[0], about - (about - a) * factor)
  const to = Math.min(all[1], about + (b - about) * factor)
  if (from <= all[0] && to >= all[1]) linked.zoom(null)
  else if (to - from >= 2) linked.zoom([from, to])
}

import type { Map } from "../document"
import { lineY, type Layout } from "./layout"

/** Frontier is the heavy line where PASS ends. */
export function Frontier({ map, layout: l }: { map: Map; layout: Layout }) {
  const d = map.frontier.map((e) => `M${e.x1 * l.pitchX} ${lineY(l, e.y1)}L${e.x2 * l.pitchX} ${lineY(l, e.y2)}`).join("")
  return d === "" ? null : <path class={l.texts ? "frontier" : "frontier thin"} d={d} />
}

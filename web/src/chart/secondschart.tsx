import { useEffect, useRef, useState } from "preact/hooks"
import type uPlot from "uplot"
import "uplot/dist/uPlot.min.css"
import type { Panel } from "../cell/panels"
import type { Series } from "../document"
import type { Linked } from "./linked"
import { onPaper, onWidth, whenNear } from "./life"
import { onTheme, type Palette, palette } from "./palette"
import { steer } from "./secondskeys"
import { plot, point, whole } from "./secondsplot"
import { quantity, seconds } from "./text"

interface Props {
  series: Series
  panel: Panel
  linked: Linked
  named: boolean
  height: number
}

/** SecondsChart is one chart of an attempt's seconds. To a screen reader it is a slider over
 * time, which tells the values of the second that it is at. */
export function SecondsChart(p: Props) {
  const ref = useRef<HTMLDivElement>(null)
  const at = useCursor(p.linked)
  useEffect(() => (ref.current ? live(ref.current, p) : undefined), [p.series, p.panel, p.linked])
  const t = p.series.t
  return (
    <div
      ref={ref}
      class="seconds-chart"
      style={{ height: p.height + "px" }}
      role="slider"
      tabIndex={0}
      aria-label={`${p.panel.title} by second`}
      aria-valuemin={t[0] ?? 0}
      aria-valuemax={t[t.length - 1] ?? 0}
      aria-valuenow={t[at ?? 0] ?? 0}
      aria-valuetext={at === null ? "no second chosen" : spoken(p, at)}
      onKeyDown={(e) => {
        if (!e.ctrlKey && !e.metaKey && !e.altKey && steer(e.key, e.shiftKey, p.series, p.linked)) e.preventDefault()
      }}
    />
  )
}

/** useCursor is the index under the linked cursor. */
export function useCursor(linked: Linked): number | null {
  const [at, set] = useState(linked.state.at)
  useEffect(() => linked.listen((s) => set(s.at)), [linked])
  return at
}

function spoken(p: Props, at: number): string {
  const values = [...p.panel.columns, ...p.panel.right].map((c) => `${c.name} ${quantity(c.values[at], c.unit)}`)
  return `${seconds(p.series.t[at]!)}: ${values.join(", ")}`
}

// Charts cost time and memory; each is made when it comes near the view, or to be printed.
function live(element: HTMLElement, p: Props): () => void {
  let chart: uPlot | undefined
  let colours: Palette = palette(element)
  const make = () => {
    if (chart || element.clientWidth === 0) return
    chart = plot({ ...p, colours: () => colours, width: element.clientWidth, height: p.height }, element)
    follow(chart, p)
  }
  const recolour = () => {
    colours = palette(element)
    chart?.redraw(false)
  }
  const size = (width: number) => chart?.setSize({ width, height: p.height })
  const ends = [
    whenNear(element, make),
    onTheme(recolour),
    onWidth(element, (width) => width !== chart?.width && size(width)),
    onPaper(element, { make, recolour, size }),
    p.linked.listen(() => chart && follow(chart, p)),
  ]
  return () => {
    for (const end of ends) end()
    chart?.destroy()
  }
}

// Puts a chart where the others are.
function follow(chart: uPlot, p: Props) {
  const { at, range } = p.linked.state
  const [min, max] = range ?? whole(p.series)
  const x = chart.scales["x"]!
  if (x.min !== min || x.max !== max) chart.setScale("x", { min, max })
  if ((chart.cursor.idx ?? null) !== at) point(chart, p)
}

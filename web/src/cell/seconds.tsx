import { useEffect, useMemo, useState } from "preact/hooks"
import { Linked } from "../chart/linked"
import { SecondsChart, useCursor } from "../chart/secondschart"
import { DASHES, logarithmic } from "../chart/secondsplot"
import { Behind } from "../chart/behind"
import { quantity, seconds } from "../chart/text"
import type { Column, Event, Series } from "../document"
import { Folded } from "../folded"
import { type Panel, panels } from "./panels"

/** Seconds are an attempt's charts, one under the other on the same axis of time. */
export function Seconds({ series }: { series: Series }) {
  const linked = useMemo(() => new Linked(), [series])
  const all = useMemo(() => panels(series), [series])
  if (series.t.length === 0) return <p class="chart-note">not available: the series has no seconds</p>
  return (
    <div class="seconds">
      <Hint linked={linked} />
      {all.map((panel, i) => <PanelChart key={panel.title} series={series} panel={panel} linked={linked} named={i === 0} />)}
      <p class="time-axis">seconds from the start of the load</p>
      {series.bucket_s > 0 && <p class="chart-note">Each step shows the smallest and the largest of {series.bucket_s} s.</p>}
      <Events series={series} linked={linked} />
    </div>
  )
}

function Hint({ linked }: { linked: Linked }) {
  const [zoomed, set] = useState(false)
  useEffect(() => linked.listen((s) => set(s.range !== null)), [linked])
  return (
    <p class="chart-note hint">
      <span>Point at a second for its values; drag to look closer. By keyboard: arrows, <kbd>+</kbd>, <kbd>-</kbd>, and <kbd>0</kbd> for all.</span>
      {zoomed && <button type="button" onClick={() => linked.zoom(null)}>Show all seconds</button>}
    </p>
  )
}

function PanelChart({ named, ...p }: { series: Series; panel: Panel; linked: Linked; named: boolean }) {
  const { series, panel } = p
  const columns = [...panel.columns, ...panel.right]
  const unit = panel.columns[0]!.unit && ", " + panel.columns[0]!.unit
  return (
    <figure class="chart panel">
      <figcaption>
        <span class="chart-title">{panel.title}<small>{unit}{logarithmic(panel) && ", logarithmic"}</small></span>
        <Values {...p} />
      </figcaption>
      <SecondsChart {...p} named={named} height={heightOf(columns.length)} />
      <Behind
        of={panel.title + " by second"}
        header={["seconds", ...columns.map(heading)]}
        rows={() => series.t.map((t, i) => [seconds(t), ...columns.map((c) => quantity(c.values[i], c.unit))])}
      />
    </figure>
  )
}

// The more lines, the more room.
const heightOf = (lines: number) => (lines > 2 ? 190 : lines > 1 ? 150 : 116)

const heading = (c: Column) => c.name + (c.unit ? `, ${c.unit}` : "")

// The key to the lines, and the values under the cursor.
function Values({ series, panel, linked }: { series: Series; panel: Panel; linked: Linked }) {
  const at = useCursor(linked)
  const columns = [...panel.columns, ...panel.right]
  return (
    <span class="values">
      {columns.map((c, i) => (
        <span class="value">
          {columns.length > 1 && <><Dash n={i} />{c.name}</>}
          {panel.right.includes(c) && " (right axis)"}
          {at !== null && <b> {quantity(c.values[at], c.unit)}</b>}
        </span>
      ))}
      <span class="value when">{at !== null && `at ${seconds(series.t[at]!)}`}</span>
    </span>
  )
}

function Dash({ n }: { n: number }) {
  return (
    <svg width="24" height="10" aria-hidden="true">
      <line x1="0" x2="24" y1="5" y2="5" class={`series-${(n % 3) + 1}`} stroke-dasharray={DASHES[n % DASHES.length]!.join(" ")} />
    </svg>
  )
}

// A target that restarts all the time has more events than anyone reads.
const MOST = 12

function Events({ series, linked }: { series: Series; linked: Linked }) {
  const { events } = series
  if (events.length === 0) return null
  const list = (from: number, to: number) => (
    <ol start={from + 1}>{events.slice(from, to).map((e) => <Happened event={e} show={() => linked.point(nearest(series, e.at))} />)}</ol>
  )
  return (
    <div class="events">
      <h3>What happened</h3>
      {list(0, MOST)}
      {events.length > MOST && <Folded class="print" summary={`${events.length - MOST} more`}>{() => list(MOST, events.length)}</Folded>}
    </div>
  )
}

function Happened({ event, show }: { event: Event; show: () => void }) {
  return <li><button type="button" title="Put the cursor there" onClick={show}>{seconds(event.at)}</button> {event.text}</li>
}

const nearest = (series: Series, at: number) => series.t.reduce((best, t, i) => (Math.abs(t - at) < Math.abs(series.t[best]! - at) ? i : best), 0)

import "./chart/chart.css"
import { useMemo, useState } from "preact/hooks"
import { type Curve, curvesOf, valueText } from "./chart/curve"
import { EfficiencyChart } from "./chart/efficiency"
import { LineChart, type LineChartProps } from "./chart/linechart"
import { Behind } from "./chart/behind"
import { replicas } from "./chart/text"
import { LineChoice, someLines } from "./curves-choice"
import "./curves.css"
import type { CurveLine, PageDocument, Size } from "./document"
import { Folded } from "./folded"
import { Metrics } from "./map/metrics"
import { Table } from "./table"
import { rowHash, type Selection } from "./state"

/** Curves draws throughput and latency against users, a line per replica count, and what each
 * count is worth. */
export function Curves({ doc }: { doc: PageDocument } & Selection) {
  // Which scenario is selected changes nothing here, and must not draw a thousand points again.
  return useMemo(() => <AllCurves doc={doc} />, [doc])
}

function AllCurves({ doc }: { doc: PageDocument }) {
  const { lines, sizes } = doc.curves
  const [shown, show] = useState(() => someLines(lines))
  if (lines.length === 0) return null
  return (
    <>
      <LineChoice lines={lines} shown={shown} show={show} />
      <Charts doc={doc} lines={lines.filter((l) => shown.includes(l.replicas))} />
      {sizes.length > 0 && <Sizes sizes={sizes} />}
    </>
  )
}

function Charts({ doc, lines }: { doc: PageDocument; lines: CurveLine[] }) {
  const { throughput, latencies } = doc.curves
  const [latency, choose] = useState(() => judged(doc))
  const [active, activate] = useState<number | null>(null)
  const of = (metric: number) => curvesOf(doc, lines, metric)
  const byUsers = useMemo(() => ({ throughput: of(throughput), latency: of(latency) }), [doc, lines, throughput, latency])
  const shared = { order: doc.curves.lines.map((l) => l.replicas), active, activate, href: (row: number) => rowHash(doc.rows[row]!) }
  return (
    <>
      <div class="pair">
        <Figure doc={doc} metric={throughput} curves={byUsers.throughput} {...shared} />
        <Figure doc={doc} metric={latency} curves={byUsers.latency} {...shared}>
          <Choice doc={doc} metrics={latencies} chosen={latency} choose={choose} />
        </Figure>
      </div>
      <Readout doc={doc} row={active} metrics={[throughput, latency]} />
      <div class="pair">
        {scales(doc.curves.sizes) && <Efficiency sizes={doc.curves.sizes} />}
        <Reading doc={doc} lines={lines} latency={latency} />
      </div>
    </>
  )
}

// The latency to begin with is one that the SLO bounds.
function judged(doc: PageDocument): number {
  const { latencies } = doc.curves
  return latencies.find((m) => doc.metrics[m]?.bound != null) ?? latencies[Math.min(1, latencies.length - 1)] ?? -1
}

type FigureProps = { doc: PageDocument; metric: number; children?: preact.ComponentChildren } & Pick<LineChartProps, "curves" | "order" | "active" | "activate" | "href">

function Figure({ doc, metric, children, ...chart }: FigureProps) {
  const m = doc.metrics[metric]
  if (!m) return null
  const bound = m.bound === null ? null : { at: m.bound, text: "SLO " + m.bound_text }
  return (
    <figure class="card chart">
      <figcaption><span class="chart-title">{m.name}</span>{children}</figcaption>
      {chart.curves.length === 0 ? <p class="chart-note">No scenario has a value of it.</p> : <LineChart title={m.name} unit={m.unit} bound={bound} {...chart} />}
      <Behind of={m.name + " against users"} header={["scenario", m.name, "status"]} rows={() => tableOf(doc, chart.curves, metric)} />
    </figure>
  )
}

function tableOf(doc: PageDocument, curves: Curve[], metric: number) {
  return curves.flatMap((c) => c.paths.flat()).map((q) => {
    const row = doc.rows[q.row]!
    return [<a href={rowHash(row)}>{row.name}</a>, valueText(row.values[metric]!, doc.metrics[metric]!.unit), row.status]
  })
}

function Choice(p: { doc: PageDocument; metrics: number[]; chosen: number; choose: (metric: number) => void }) {
  if (p.metrics.length < 2) return null
  const metrics = p.metrics.flatMap((m) => p.doc.metrics[m] ?? [])
  return <Metrics name="curve-latency" metrics={metrics} chosen={p.metrics.indexOf(p.chosen)} choose={(i) => p.choose(p.metrics[i]!)} />
}

// What the pointer or the keyboard is at, in text.
function Readout(p: { doc: PageDocument; row: number | null; metrics: number[] }) {
  const row = p.row === null ? undefined : p.doc.rows[p.row]
  if (!row) return <p class="curves-readout idle">Point at a mark for its figures; click it for the scenario.</p>
  const values = p.metrics.map((m) => row.values[m] && `${p.doc.metrics[m]!.name} ${valueText(row.values[m]!, p.doc.metrics[m]!.unit)}`)
  return <p class="curves-readout"><b>{row.name}</b> {values.filter(Boolean).join(" · ")} · <b>{row.status}</b></p>
}

function Reading({ doc, lines, latency }: { doc: PageDocument; lines: CurveLine[]; latency: number }) {
  const knees = lines.filter((l) => l.knee)
  const judges = doc.metrics.some((m) => m.bound !== null)
  return (
    <div class="curves-reading">
      <p>
        A line for each replica count; the band around it is the interval.{" "}
        {judges && "A filled mark meets the SLO, a hollow one does not, one with a dot is too close to call. "}
        {knees.length > 0 && "A stroke across a line is its knee. "}
        {doc.curves.models}{modelsElsewhere(lines, latency)}
      </p>
      {knees.length > 0 && <ul>{knees.map((l) => <li><b>{replicas(l.replicas)}:</b> {l.knee!.text}</li>)}</ul>}
    </div>
  )
}

// A model has one latency; on the others its curve is missing for that reason alone.
function modelsElsewhere(lines: CurveLine[], latency: number): string {
  const with_ = lines.filter((l) => l.model && l.model.latency_of !== null)
  const none = with_.length > 0 && with_.every((l) => l.model!.latency_of !== latency)
  return none ? " The models have no curve of this latency." : ""
}

// Where only one replica count is known, there is nothing to scale against.
const scales = (sizes: Size[]) => sizes.filter((s) => s.efficiency !== null).length > 0

function Efficiency({ sizes }: { sizes: Size[] }) {
  return (
    <figure class="card chart">
      <figcaption><span class="chart-title">Efficiency per replica</span></figcaption>
      <EfficiencyChart sizes={sizes} />
      <p class="chart-note">Capacity against that of as many of the fewest replicas; the dotted line is linear scaling.</p>
    </figure>
  )
}

// What a reader takes in; of a large run the rest is folded.
const MOST = 12

function Sizes({ sizes }: { sizes: Size[] }) {
  const header = ["replicas", "capacity", "efficiency", "gain", "CPU per request", "what limits"]
  const rows = sizes.map((s) => [s.replicas, s.capacity, s.efficiency_text, s.gain, s.cpu, s.limits])
  const name = "What a replica count is worth"
  return (
    <div class="sizes" id="sizes">
      <h3>{name}</h3>
      <Table name={name} header={header} rows={rows.slice(0, MOST)} />
      {rows.length > MOST && (
        <Folded class="print" summary={`${rows.length - MOST} more replica counts`}>
          {() => <Table name={name + ", the others"} header={header} rows={rows.slice(MOST)} />}
        </Folded>
      )}
    </div>
  )
}

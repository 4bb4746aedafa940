import { Behind } from "../chart/behind"
import { DistributionChart, type Mark } from "../chart/distribution"
import { SharesChart } from "../chart/shares"
import { number } from "../chart/text"
import type { Detail, Distribution, Endpoint, Failure, Metric } from "../document"
import { Facts } from "../facts"
import { Table } from "../table"

/** Rest is what is known of a scenario besides its seconds. */
export function Rest({ detail, metrics }: { detail: Detail; metrics: Metric[] }) {
  return (
    <div class="rest">
      <Latencies of={detail.distribution} metrics={metrics} />
      <section aria-label="Replicas' shares">
        <h3>How the load was shared out</h3>
        {detail.shares?.length > 0 ? <SharesChart shares={detail.shares} /> : null}
        {detail.shares_text && <p class="chart-note">{detail.shares_text}</p>}
      </section>
      <Endpoints endpoints={detail.endpoints} />
      <Errors errors={detail.errors} />
      {detail.facts.length > 0 && <section class="wide"><h3>Measured besides</h3><Facts facts={detail.facts} /></section>}
    </div>
  )
}

function Latencies({ of, metrics }: { of: Distribution | null; metrics: Metric[] }) {
  return (
    <figure class="chart">
      <h3>Latency by percentile</h3>
      {of && of.ms.length > 0 ? (
        <>
          <DistributionChart of={of} marks={marks(metrics)} />
          <Behind of="latency by percentile" header={["percentile", "ms"]} rows={() => of.percentiles.map((p, i) => [p + " %", number(of.ms[i]!)])} />
        </>
      ) : <p class="chart-note">not available: the distribution of the latencies was not kept</p>}
    </figure>
  )
}

// The objectives on a percentile of all requests; those on one endpoint do not belong here.
function marks(metrics: Metric[]): Mark[] {
  return metrics.flatMap((m) => {
    const percentile = /^p(\d+(?:\.\d+)?)$/.exec(m.id)?.[1]
    return percentile && m.bound !== null ? [{ percentile: Number(percentile), at: m.bound, text: `SLO: ${m.name} ${m.bound_text}` }] : []
  })
}

function Endpoints({ endpoints }: { endpoints: Endpoint[] }) {
  const header = ["endpoint", "requests", "failures", "failed", "p50", "p95", "p99", "under way"]
  const rows = endpoints.map((e) => [e.name, number(e.requests), number(e.failures), e.failed, e.p50, e.p95, e.p99, e.under_way])
  return (
    <section class="wide">
      <h3>Endpoints</h3>
      {rows.length > 0 ? <Table name="Endpoints" header={header} rows={rows} /> : <p class="chart-note">not available</p>}
    </section>
  )
}

function Errors({ errors }: { errors: Failure[] }) {
  const header = ["endpoint", "error", "count", "first", "last"]
  const rows = errors.map((e) => [e.task, e.text + (e.unsent ? " (not sent)" : ""), number(e.count), e.first, e.last])
  return (
    <section class="wide">
      <h3>Errors</h3>
      {rows.length > 0 ? <Table name="Errors" header={header} rows={rows} /> : <p class="chart-note">none in the window</p>}
      {rows.length > 0 && <p class="chart-note">Of the window; first and last as in the charts, from the start of the load.</p>}
    </section>
  )
}

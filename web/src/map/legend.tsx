import type { Metric, PageDocument, State } from "../document"
import { Sign } from "../sign"
import { shades } from "./heat"

/** Legend says what the map's signs, colours and lines mean; only of those that occur. */
export function Legend({ doc, metric }: { doc: PageDocument; metric: number }) {
  const seen = new Set(doc.maps.flatMap((map) => map.cells.map((cell) => cell.state)))
  const has = (...states: State[]) => states.some((state) => seen.has(state))
  return (
    <div class="legend">
      {doc.metrics[metric] && <Scale metric={doc.metrics[metric]} />}
      <ul>
        {doc.maps.some((map) => map.frontier.length > 0) && <Key kind="line">where PASS ends</Key>}
        {has("pass") && <SignKey state="pass">passes</SignKey>}
        {has("fail") && <SignKey state="fail">fails</SignKey>}
        {has("borderline") && <SignKey state="borderline">too close to call</SignKey>}
        {has("no_data") && <SignKey state="no_data">nothing to judge</SignKey>}
        {has("invalid", "error", "skipped") && <Key kind="hatched">not valid: invalid, error or skipped</Key>}
        {has("inferred_pass", "inferred_fail", "inferred_borderline") && <Key kind="inferred">inferred, not measured</Key>}
        {has("open") && <Key kind="open">not measured</Key>}
      </ul>
    </div>
  )
}

/** Scale is what the colours mean. */
function Scale({ metric }: { metric: Metric }) {
  const [left, right] = metric.bound !== null ? ["better", "worse"] : ["least", "most"]
  return (
    <p class="scale">
      <span>{left}</span>
      <svg viewBox="0 0 130 10" width="130" height="10" aria-hidden="true">
        {shades.map((shade, i) => (
          <g key={shade} class={`cell ${shade}`}>
            <rect x={i * 10} width="10" height="10" />
          </g>
        ))}
      </svg>
      <span>{right}</span>
      <span class="bound">{metric.bound !== null ? `SLO: ${metric.name} ${metric.bound_text}` : ""}</span>
    </p>
  )
}

function SignKey({ state, children }: { state: State; children: string }) {
  return (
    <li>
      <Sign state={state} /> {children}
    </li>
  )
}

function Key({ kind, children }: { kind: "line" | "hatched" | "inferred" | "open"; children: string }) {
  return (
    <li>
      <svg class="key" viewBox="0 0 22 14" aria-hidden="true">
        {kind === "line" ? (
          <path class="frontier" d="M1 7H21" />
        ) : (
          <g class={`cell ${kind}`}>
            <rect x="1" y="1" width="20" height="12" rx="3" />
          </g>
        )}
      </svg>{" "}
      {children}
    </li>
  )
}

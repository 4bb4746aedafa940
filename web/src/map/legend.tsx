import type { Metric, PageDocument, State } from "../document"
import { Sign } from "../sign"
import { shades } from "./heat"
import { isDense } from "./layout"

/** Legend says what the map's signs, colours and lines mean; only of those that occur. */
export function Legend({ doc, metric }: { doc: PageDocument; metric: number }) {
  const seen = new Set(doc.maps.flatMap((map) => map.cells.map((cell) => cell.state)))
  const dense = doc.maps.some((map) => isDense(map))
  const has = (...states: State[]) => states.some((state) => seen.has(state))
  return (
    <div class="legend">
      {doc.metrics[metric] && <Scale metric={doc.metrics[metric]} />}
      <ul>
        {doc.maps.some((map) => map.frontier.length > 0) && <Key kind="line">where PASS ends</Key>}
        {has("pass") && (dense ? <Key kind="pass">passes</Key> : <SignKey state="pass">passes</SignKey>)}
        {has("fail") && (dense ? <Key kind="fail">fails</Key> : <SignKey state="fail">fails</SignKey>)}
        {has("borderline") && (dense ? <Key kind="borderline">too close to call</Key> : <SignKey state="borderline">too close to call</SignKey>)}
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
      <span class="of">{[metric.name, metric.unit].filter(Boolean).join(", ")}:</span>
      <span>{left}</span>
      <svg viewBox="0 0 130 10" width="130" height="10" aria-hidden="true">
        {shades.map((shade, i) => (
          <g key={shade} class={`cell ${shade}`}>
            <rect x={i * 10} width="10" height="10" />
          </g>
        ))}
      </svg>
      <span>{right}</span>
      {metric.bound !== null && <span>· SLO {metric.bound_text}</span>}
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

/** In a dense map there is no room for signs. */
const strokes: Record<string, string> = { fail: "M4 12 18 2", borderline: "M3 7H19" }
const fills: Record<string, string> = { pass: "h-4", fail: "h4", borderline: "h0" }

function Key({ kind, children }: { kind: "line" | "hatched" | "inferred" | "open" | "pass" | "fail" | "borderline"; children: string }) {
  return (
    <li>
      <svg class="key" viewBox="0 0 22 14" aria-hidden="true">
        {kind === "line" ? (
          <path class="frontier" d="M1 7H21" />
        ) : (
          <g class={`cell ${fills[kind] ?? kind}`}>
            <rect x="1" y="1" width="20" height="12" rx="3" />
            {strokes[kind] && <path class="mark" d={strokes[kind]} />}
          </g>
        )}
      </svg>{" "}
      {children}
    </li>
  )
}

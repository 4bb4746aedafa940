import type { Gate, State } from "./document"
import { Sign } from "./sign"

const signs: Record<string, State> = { met: "pass", missed: "fail", borderline: "borderline" }

/** GateBadge says whether the run holds. */
export function GateBadge({ gate }: { gate: Gate }) {
  if (gate.text === "") return null
  const state = signs[gate.state]
  const long = gate.text.length > 50 ? " long" : ""
  return (
    <p class={`gate ${gate.state}${long}`}>
      {state && <Sign state={state} />}
      <span>{gate.text}</span>
    </p>
  )
}

import type { Load, Step } from "./document"

/** stepAt is the step that answers for so many users, or on which side of what was measured they are. */
export function stepAt(load: Load, users: number): Step | "below" | "beyond" {
  if (users < load.min) return "below"
  return load.steps.find((step) => users <= step.to) ?? "beyond"
}

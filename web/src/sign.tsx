import type { State } from "./document"

/** Each state has a sign of its own, so that none is told apart by colour alone. They are drawn, since fonts differ. */
const paths: Partial<Record<State, string>> = {
  pass: "M2 6.5 5 9.5 10 2.5",
  fail: "M2.5 2.5 9.5 9.5M9.5 2.5 2.5 9.5",
  borderline: "M1.5 5C3.5 2.6 5.5 3 6.5 4S9 5.2 10.5 3M1.5 9C3.5 6.6 5.5 7 6.5 8S9 9.2 10.5 7",
  no_data: "M3.5 4.2C3.5 1 8.8 1 8.8 4.2 8.8 6 6.2 6 6.2 8M6.2 10.4V10.8",
  invalid: "M6 1.5V7.5M6 10.2V10.6",
  error: "M6 1.5A4.5 4.5 0 1 0 6 10.5 4.5 4.5 0 1 0 6 1.5M3 9 9 3",
  skipped: "M2.5 6H9.5",
}

/** What is inferred has the sign of what is measured; its cell is hollow. */
export function signOf(state: State): string | undefined {
  return paths[state.replace("inferred_", "") as State]
}

/** Sign stands before a text that says the same. */
export function Sign({ state }: { state: State }) {
  const d = signOf(state)
  if (!d) return null
  return (
    <svg class={`sign ${state}`} viewBox="0 0 12 12" aria-hidden="true">
      <path d={d} />
    </svg>
  )
}

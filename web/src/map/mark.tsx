import { yOf, type Layout } from "./layout"

/** Mark is a ring around one cell: the chosen one, or the one that is pointed at. */
export function Mark({ layout: l, at, kind }: { layout: Layout; at: number | null; kind: "chosen" | "pointed" }) {
  if (at === null || at < 0) return null
  const roomy = l.texts && l.pitchX >= 80
  const inset = roomy ? 5 : 1
  const place = {
    x: (at % l.columns) * l.pitchX + inset,
    y: yOf(l, Math.floor(at / l.columns)) + inset,
    width: l.pitchX - 2 * inset,
    height: l.pitchY - 2 * inset,
    rx: l.texts ? 4 : 0,
  }
  return (
    <>
      {kind === "chosen" && roomy && <rect class="chosen gap" {...place} />}
      <rect class={kind} {...place} />
    </>
  )
}

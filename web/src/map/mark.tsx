import { yOf, type Layout } from "./layout"

/** Mark is a ring around one cell: the chosen one, or the one that is pointed at. */
export function Mark({ layout: l, at, kind }: { layout: Layout; at: number | null; kind: "chosen" | "pointed" }) {
  if (at === null || at < 0) return null
  const x = (at % l.columns) * l.pitchX
  return <rect class={kind} x={x + 1} y={yOf(l, Math.floor(at / l.columns)) + 1} width={l.pitchX - 2} height={l.pitchY - 2} rx={l.texts ? 5 : 1} />
}

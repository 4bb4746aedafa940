import type { ComponentChildren } from "preact"
import { Folded } from "../folded"
import { Table } from "../table"

/** Behind is the table behind a chart: the same figures for those who read or copy them. */
export function Behind(p: { of: string; header: string[]; rows: () => ComponentChildren[][] }) {
  return <Folded class="behind" summary={`Table: ${p.of}`}>{() => <Table name={p.of} header={p.header} rows={p.rows()} />}</Folded>
}

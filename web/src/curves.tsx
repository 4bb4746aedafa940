import type { PageDocument } from "./document"
import type { Selection } from "./state"

/** Curves draws throughput and latency against users. */
export function Curves(_: { doc: PageDocument } & Selection) {
  return null
}

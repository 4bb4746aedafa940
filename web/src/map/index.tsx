import { useState } from "preact/hooks"
import { Block } from "../block"
import type { PageDocument } from "../document"
import { Folded } from "../folded"
import type { Selection } from "../state"
import { Grid } from "./grid"
import { Hatch } from "./hatch"
import { Legend } from "./legend"
import "./map.css"
import { Metrics } from "./metrics"
import { MapTable } from "./table"

/** MapBlock is the matrix as pictures: the one that the answer rests on, and under it the others. */
export function MapBlock({ doc, selected, select }: { doc: PageDocument } & Selection) {
  const [metric, choose] = useState(0)
  const [first, ...others] = doc.maps
  if (!first) return null
  const props = { doc, metric, selected, select }
  return (
    <Block id="map" title={first.replicas.length > 1 ? "Every load, every replica count" : "Every load"}>
      <Hatch />
      <div class="card">
        <Metrics name="map-metric" metrics={doc.metrics} chosen={metric} choose={choose} />
        <Grid {...props} map={first} />
        <Legend doc={doc} metric={metric} />
      </div>
      {others.length > 0 && (
        <div class="multiples">
          {others.map((map, i) => (
            <div class="card" key={i}>
              <Grid {...props} map={map} small />
            </div>
          ))}
        </div>
      )}
      <Folded summary="The same as a table">
        {() => doc.maps.map((map, i) => <MapTable key={i} doc={doc} map={map} metric={metric} />)}
      </Folded>
    </Block>
  )
}

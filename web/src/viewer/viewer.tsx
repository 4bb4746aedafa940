import { CompareView } from "./compare"
import { ListView } from "./list"
import { useRoute } from "./route"
import { RunView } from "./run"
import "./viewer.css"

/** Viewer is the page without a document of its own: it asks `swarmgrid view` for runs. */
export function Viewer() {
  const route = useRoute()
  switch (route.kind) {
    case "run":
      return <RunView key={route.id} id={route.id} />
    case "compare":
      return <CompareView key={`${route.a}/${route.b}`} a={route.a} b={route.b} />
    case "list":
      return <ListView />
  }
}

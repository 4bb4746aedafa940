import { useEffect } from "preact/hooks"
import type { PageDocument } from "../document"
import { Page } from "../page"
import { useRun } from "./api"
import { Back, Frame, Trouble, useTitle, Waiting } from "./frame"
import { placeIn } from "./route"

/** RunView is one run: the page of its report, with a way back. */
export function RunView({ id }: { id: string }) {
  const { answer, error, again } = useRun(id)
  if (answer) return <Shown doc={answer} />
  return (
    <Frame title={id} back>
      {error ? <Trouble error={error} again={again} /> : <Waiting for="the run" />}
    </Frame>
  )
}

function Shown({ doc }: { doc: PageDocument }) {
  useTitle(doc.answer.title)
  useEffect(() => {
    const place = placeIn(location.hash)
    if (place !== null) document.getElementById(place)?.scrollIntoView()
  }, [])
  return <Page doc={doc} top={<Back />} />
}

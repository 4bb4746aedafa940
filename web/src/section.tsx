import { Block } from "./block"
import type { Section } from "./document"
import { Table } from "./table"

/** SectionBlock is a part of the reports that has no picture. */
export function SectionBlock({ section }: { section: Section }) {
  return (
    <Block id={section.id} title={section.title}>
      {section.texts.map((text, i) => (
        <p key={i} class="prose">
          {text}
        </p>
      ))}
      {section.header.length > 0 && <Table name={`Table: ${section.title}`} header={section.header} rows={section.table} />}
    </Block>
  )
}

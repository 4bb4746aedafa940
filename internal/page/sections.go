package page

func (b *builder) sections() { b.doc.Sections = []Section{} }

package experiment

// LoadUnread is Input.LoadUnread of the experiment file at path.
func LoadUnread(path string, settings []Setting) (*Experiment, error) {
	in, err := FromFile(path)
	if err != nil {
		return nil, err
	}
	return in.LoadUnread(settings)
}

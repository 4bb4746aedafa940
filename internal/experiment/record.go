package experiment

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/swarmgrid/swarmgrid/internal/baseurl"
)

// Record are the settings that deploy was given, as they are kept in the cluster for the
// verbs that come after it. They beat the file, and every later setting beats them.
type Record []Setting

// recordable are the fields that a record may have. The namespace is none: it is where
// the record is.
func recordable() []Field {
	return []Field{
		FieldPreset, FieldReplicas, FieldWorkers, FieldUsers, FieldDuration, FieldMax, FieldCooldown, FieldSettle, FieldAttempts,
		FieldSLO, FieldAnswer, FieldBudget, FieldMaxTime, FieldSpawnRate, FieldLoadFile, FieldEngine, FieldMasterURL, FieldURL, FieldTargetName, FieldWorkerName,
	}
}

// NewRecord keeps what of the settings is the experiment's.
func NewRecord(settings []Setting) Record {
	var r Record
	for _, s := range settings {
		if slices.Contains(recordable(), s.Field) && !s.secret() {
			s.Recorded = true
			r = append(r, s)
		}
	}
	return r
}

// secret tells of a URL that has what no experiment may have, so that something has beaten it.
func (s Setting) secret() bool {
	if s.Field != FieldURL && s.Field != FieldMasterURL {
		return false
	}
	u, err := baseurl.Parse(s.Value)
	return err != nil || u.User != nil
}

// recordedSetting is a Setting as it is kept.
type recordedSetting struct {
	From  string `json:"from"`
	Sets  Field  `json:"sets"`
	Value string `json:"value"`
}

// Encode is the record as a line of JSON; [] when there is nothing in it.
func (r Record) Encode() string {
	kept := []recordedSetting{}
	for _, s := range r {
		kept = append(kept, recordedSetting{From: s.Origin, Sets: s.Field, Value: s.Value})
	}
	var text strings.Builder
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false) // people read p95<200ms
	_ = enc.Encode(kept)     // strings always encode
	return strings.TrimSuffix(text.String(), "\n")
}

// DecodeRecord reads what Encode wrote. What it does not know it does not leave out: then
// the experiment would be another.
func DecodeRecord(text string) (Record, error) {
	var kept []recordedSetting
	dec := json.NewDecoder(strings.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&kept); err != nil {
		return nil, fmt.Errorf("is no list of settings: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("goes on after its list of settings")
	}
	var r Record
	for _, k := range kept {
		s := Setting{Field: k.Sets, Origin: k.From, Value: k.Value, BareSeconds: !isFlag(k.From), Recorded: true}
		if err := s.known(); err != nil {
			return nil, err
		}
		r = append(r, s)
	}
	return r, nil
}

func (s Setting) known() error {
	variable := slices.ContainsFunc(EnvironmentVariables(), func(v EnvironmentVariable) bool { return v.Name == s.Origin })
	switch {
	case !slices.Contains(recordable(), s.Field):
		return fmt.Errorf("sets %q, which is not known here", s.Field)
	case !variable && !flagName.MatchString(s.Origin):
		return fmt.Errorf("has %q, which is neither an option nor a variable", s.Origin)
	case strings.ContainsFunc(s.Value, func(r rune) bool { return unicode.IsControl(r) && (r != '\n' || s.Field != FieldSLO) }):
		return fmt.Errorf("has the value %q, of which a line on a terminal would not be one", s.Value)
	}
	return nil
}

var flagName = regexp.MustCompile(`^--[a-z][a-z-]*$`)

func isFlag(origin string) bool { return strings.HasPrefix(origin, "--") }

// Places are those of the settings that say which objects are the experiment's.
func (r Record) Places() Record {
	return slices.DeleteFunc(slices.Clone(r), func(s Setting) bool {
		return s.Field != FieldTargetName && s.Field != FieldWorkerName && s.Field != FieldURL
	})
}

// Without are the settings but those of a field.
func (r Record) Without(field Field) Record {
	return slices.DeleteFunc(slices.Clone(r), func(s Setting) bool { return s.Field == field })
}

// Except are the settings that another record does not have.
func (r Record) Except(other Record) Record {
	return slices.DeleteFunc(slices.Clone(r), func(s Setting) bool { return slices.Contains(other, s) })
}

// Fresh are those of the settings that say something which the record does not: a
// variable that is as it was at deploy, where a flag may have beaten it, is not news.
func (r Record) Fresh(settings []Setting) []Setting {
	return slices.DeleteFunc(slices.Clone(settings), func(s Setting) bool {
		return !isFlag(s.Origin) && slices.ContainsFunc(r, func(old Setting) bool {
			return old.Field == s.Field && old.Origin == s.Origin && old.Value == s.Value
		})
	})
}

// Under are the settings with the record below them: they beat it, and it beats the file.
func (r Record) Under(settings []Setting) ([]Setting, error) {
	fresh := r.Fresh(settings)
	here := slices.ContainsFunc(fresh, func(s Setting) bool { return s.Field == FieldLoadFile })
	for _, s := range r {
		// Whoever may write into the cluster must not choose which file of this machine is read.
		if s.Field == FieldLoadFile && !here && !filepath.IsLocal(s.Value) {
			return nil, &Error{File: "what deploy was given", Problems: []Problem{{
				Path: string(s.Field), Source: Source{Origin: s.from()},
				Message: fmt.Sprintf("is %s, and what the cluster names is read only from the folder that one is in, or one below; give --load again", s.Value),
			}}}
		}
	}
	return slices.Concat(r, fresh), nil
}

// Flags are the settings as one gives them, variables first: "USER_COUNTS=10 --workers 1".
func (r Record) Flags() string { return r.command("") }

// Command is the deploy that had the settings: "USER_COUNTS=10 deploy --workers 1".
func (r Record) Command() string { return r.command("deploy") }

func (r Record) command(verb string) string {
	var variables, flags []string
	for _, s := range r {
		if !isFlag(s.Origin) {
			variables = append(variables, s.Origin+"="+shellWord(s.Value))
			continue
		}
		for value := range strings.SplitSeq(s.Value, "\n") { // a flag that was repeated
			flags = append(flags, s.Origin, shellWord(value))
		}
	}
	if verb != "" {
		variables = append(variables, verb)
	}
	return strings.Join(append(variables, flags...), " ")
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./:,=@%+-]+$`)

// shellWord is a value as a shell takes it for one word.
func shellWord(text string) string {
	if plainWord.MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

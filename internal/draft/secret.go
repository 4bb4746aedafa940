package draft

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/swarmgrid/swarmgrid/internal/template"
)

// Secrets are values that must not be kept, by the name of the environment variable that
// stands for them.
type Secrets map[string]string

// variablePrefix begins the name of every variable that stands for a secret.
const variablePrefix = "SWARMGRID_"

// secretNames match the names of headers and parameters that hold secrets.
var secretNames = regexp.MustCompile(`(?i)^(x-)?(auth|key|sig|sid|jwt|pwd|otp)$|[-_]auth$|^auth[-_]|authorization|cookie|token([^a-z]|$)|secret|password|passwd|passphrase|credential|signature|session|(api|access)[-_]?key|key[-_]?id`)

// secretValues match the beginnings of secrets, whatever their names.
var secretValues = regexp.MustCompile(`(?i)^(bearer|basic|digest|negotiate|aws4-hmac-sha256) `)

func looksSecret(name, value string) bool {
	return secretNames.MatchString(name) || secretValues.MatchString(value)
}

// keep writes a value into a template: as it is, or as the variable that stands for it.
func (s Secrets) keep(kind, name, value string) string {
	if value == "" || !looksSecret(name, value) {
		return template.Escape(value)
	}
	return fmt.Sprintf("{{env %q}}", s.variable(kind, name, value))
}

var notInName = regexp.MustCompile(`[^A-Z0-9]+`)

// variable is the name that stands for a value; a second value for the same name gets another.
func (s Secrets) variable(kind, name, value string) string {
	base := variablePrefix + kind + strings.Trim(notInName.ReplaceAllString(strings.ToUpper(name), "_"), "_")
	for n, at := 2, base; ; n++ {
		if have, taken := s[at]; !taken || have == value {
			s[at] = value
			return at
		}
		at = fmt.Sprintf("%s_%d", base, n)
	}
}
